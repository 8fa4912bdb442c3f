package motion

// class is one kind of motion. Exactly one of speed, spin, zoom and fade is not zero.
type class struct {
	name string
	// heading is the direction in eighths of a turn, clockwise on the screen from right; used with speed.
	heading int32
	// speed is in pixels per frame, in 1/256.
	speed int32
	// spin is in turns per frame, in 1/65536; positive is clockwise on the screen.
	spin int32
	// zoom and fade are in cycles of radius and contrast per frame, in 1/65536; positive grows or brightens.
	zoom, fade int32
}

// Rates. Radius and contrast run through their range about once in a clip, so that nearly every clip shows the
// jump back: neither its presence nor its size tells growing from shrinking.
const (
	slow     = 256 * 105 / 100
	fast     = 256 * 24 / 10
	spinRate = 65536 * 27 / 360
	zoomRate = 65536 / 6
	fadeRate = 65536 / 6
)

var classes = []class{
	{name: "right", heading: 0, speed: slow},
	{name: "down-right", heading: 1, speed: slow},
	{name: "down", heading: 2, speed: slow},
	{name: "down-left", heading: 3, speed: slow},
	{name: "left", heading: 4, speed: slow},
	{name: "up-left", heading: 5, speed: slow},
	{name: "up", heading: 6, speed: slow},
	{name: "up-right", heading: 7, speed: slow},
	{name: "fast-right", heading: 0, speed: fast},
	{name: "fast-down", heading: 2, speed: fast},
	{name: "fast-left", heading: 4, speed: fast},
	{name: "fast-up", heading: 6, speed: fast},
	{name: "rotate-clockwise", spin: spinRate},
	{name: "rotate-counterclockwise", spin: -spinRate},
	{name: "grow", zoom: zoomRate},
	{name: "shrink", zoom: -zoomRate},
	{name: "brighten", fade: fadeRate},
	{name: "fade", fade: -fadeRate},
}

// Classes lists the names of the classes; a label is an index into it.
func Classes() []string {
	names := make([]string, len(classes))
	for i, c := range classes {
		names[i] = c.name
	}
	return names
}
