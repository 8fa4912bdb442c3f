package motion

// Units: places and radii are in 1/256 pixel, angles and phases in 1/65536 of a turn or cycle, brightness
// in 1/4096 (so that 4096 is the contrast of a fully visible blob).
const (
	one   = 256        // a pixel
	torus = Size * one // the way around
	cycle = 65536      // a turn, or a run of the sawtooth
	full  = 4096       // full contrast
)

// Ranges of what differs from clip to clip; noise decides how hard the classes are to tell apart.
const (
	radiusMin, radiusMax     = 5 * one, 12 * one
	contrastMin, contrastMax = full * 25 / 100, full
	clutterContrast          = full * 35 / 100
	distractors              = 2
	distractorRadiusMin      = 3 * one
	distractorRadiusMax      = 5 * one
	distractorContrast       = full * 50 / 100
	distractorStep           = one * 12 / 10 // largest step per frame and axis
	cameraStep               = one * 35 / 100
	headingError             = cycle * 6 / 360 // largest error of a direction
	rateError                = 12              // largest error of a rate, in %
	noise                    = full * 22 / 100 // standard deviation
)

// blob is a textured patch with its place, angle, radius and contrast.
type blob struct {
	texture          *patch
	x, y, angle      int32
	radius, contrast int32
}

// scene is everything that a clip shows, at one moment.
type scene struct {
	subject     blob
	zoom, fade  int32 // phases of the subject's radius and contrast
	vx, vy      int32
	spin        int32
	dzoom       int32
	dfade       int32
	clutter     *grid
	camx, camy  int32
	distractors [distractors]blob
}

// newScene draws the first frame's scene. Everything but the rates is drawn alike for every class.
func newScene(r source, c class) *scene {
	s := &scene{clutter: newGrid(r)}
	s.subject = blob{texture: newPatch(r), x: r.below(torus), y: r.below(torus), angle: r.below(cycle)}
	s.zoom, s.fade = r.below(cycle), r.below(cycle)
	for i := range s.distractors {
		s.distractors[i] = blob{
			texture: newPatch(r), x: r.below(torus), y: r.below(torus), angle: r.below(cycle),
			radius:   distractorRadiusMin + r.below(distractorRadiusMax-distractorRadiusMin),
			contrast: distractorContrast,
		}
	}
	heading := c.heading*(cycle/8) + r.around(headingError)
	speed := r.vary(c.speed, rateError)
	s.vx = speed * cosine(heading) >> 15
	s.vy = speed * sine(heading) >> 15
	s.spin = r.vary(c.spin, rateError)
	s.dzoom = r.vary(c.zoom, rateError)
	s.dfade = r.vary(c.fade, rateError)
	return s
}

// step moves the scene on by one frame.
func (s *scene) step(r source) {
	b := &s.subject
	b.x, b.y, b.angle = b.x+s.vx, b.y+s.vy, b.angle+s.spin
	s.zoom, s.fade = s.zoom+s.dzoom, s.fade+s.dfade
	for i := range s.distractors {
		d := &s.distractors[i]
		d.x, d.y = d.x+r.around(distractorStep), d.y+r.around(distractorStep)
	}
	s.camx, s.camy = s.camx+r.around(cameraStep), s.camy+r.around(cameraStep)
}

// draw paints the scene as the camera sees it.
func (s *scene) draw(c *canvas) {
	c.paintGrid(s.clutter, s.camx, s.camy, clutterContrast)
	for _, d := range s.distractors {
		d.x, d.y = d.x+s.camx, d.y+s.camy
		c.paintBlob(d)
	}
	b := s.subject
	b.x, b.y = b.x+s.camx, b.y+s.camy
	b.radius = radiusMin + (s.zoom&(cycle-1))*(radiusMax-radiusMin)>>16
	b.contrast = contrastMin + (s.fade&(cycle-1))*(contrastMax-contrastMin)>>16
	c.paintBlob(b)
}
