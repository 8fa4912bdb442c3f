package tuner

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// predictor estimates a network's latency and quality from the table and the sensitivities, refitted to
// the networks that were measured. What it says guides proposals and is never reported as a result.
type predictor struct {
	layers []layer
	table  *table
	losses *losses
	// latency = fixed + scale · sum of layers
	fixed, scale float64
	// link(quality) = top − Σ weight[layer] · loss(layer)
	top     float64
	weights map[string]float64
	// Neither the table nor the sensitivities change in level 2, so what they say is looked up once.
	denseMS float64
	saved   map[LayerChoice]float64 // ms saved by pruning one layer
	lost    map[LayerChoice]float64 // loss of one layer, on the link's scale
}

// observed is a measured network.
type observed struct {
	choice      []LayerChoice
	ms, quality float64
}

func newPredictor(layers []layer, t *table, l *losses) *predictor {
	p := &predictor{layers: layers, table: t, losses: l, scale: 1, weights: map[string]float64{},
		saved: map[LayerChoice]float64{}, lost: map[LayerChoice]float64{}}
	p.top = l.link.of(l.base)
	for _, l := range layers {
		p.weights[l.name] = 1
		if ms, ok := t.estimate(l.id, dense, 1); ok {
			p.denseMS += ms
		}
	}
	return p
}

// sum of the layers' times from the table, in ms.
func (p *predictor) sum(choice []LayerChoice) float64 {
	sum := p.denseMS
	for _, c := range choice {
		saved, known := p.saved[c]
		if !known {
			for _, l := range p.layers {
				if l.name != c.Layer {
					continue
				}
				before, _ := p.table.estimate(l.id, dense, 1)
				after, _ := p.table.estimate(l.id, c.Group, 1-c.Rate)
				saved = before - after
			}
			p.saved[c] = saved
		}
		sum -= saved
	}
	return sum
}

func (p *predictor) loss(c LayerChoice) float64 {
	loss, known := p.lost[c]
	if !known {
		loss = p.losses.of(c)
		p.lost[c] = loss
	}
	return loss
}

// predict gives latency in ms and quality.
func (p *predictor) predict(choice []LayerChoice) (ms, quality float64) {
	x := p.top
	for _, c := range choice {
		x -= p.weights[c.Layer] * p.loss(c)
	}
	return math.Max(p.fixed+p.scale*p.sum(choice), 1e-6), p.losses.link.quality(x)
}

// refit adapts the predictor to measured networks; dense should be among them.
func (p *predictor) refit(points []observed) {
	if len(points) == 0 {
		return
	}
	p.fitLatency(points)
	p.fitQuality(points)
}

// fitLatency is least squares for fixed and scale, the scale drawn towards 1 as by one more pair of
// points a tenth of the mean apart: the table is trusted until measurements speak against it.
func (p *predictor) fitLatency(points []observed) {
	n := float64(len(points))
	var meanX, meanY float64
	for _, o := range points {
		meanX += p.sum(o.choice) / n
		meanY += o.ms / n
	}
	var xx, xy float64
	for _, o := range points {
		dx, dy := p.sum(o.choice)-meanX, o.ms-meanY
		xx += dx * dx
		xy += dx * dy
	}
	prior := math.Pow(0.1*meanX, 2)
	p.scale = 1
	if xx+prior > 0 {
		p.scale = math.Min(math.Max((xy+prior)/(xx+prior), 0.2), 5)
	}
	p.fixed = meanY - p.scale*meanX
}

// fitQuality is ridge regression of the losses of measured networks on the sensitivities of their
// layers. All weights are first drawn to a common one, that one to 1.
func (p *predictor) fitQuality(points []observed) {
	for _, o := range points {
		if len(o.choice) == 0 {
			p.top = p.losses.link.of(o.quality)
		}
	}
	index := map[string]int{}
	for i, l := range p.layers {
		index[l.name] = i
	}
	d := len(p.layers)
	gram, right := mat.NewSymDense(d, nil), mat.NewVecDense(d, nil)
	var ss, sy float64
	rows := 0
	for _, o := range points {
		row := mat.NewVecDense(d, nil)
		sum := 0.0
		for _, c := range o.choice {
			loss := p.loss(c)
			row.SetVec(index[c.Layer], loss)
			sum += loss
		}
		if sum == 0 {
			continue
		}
		y := p.top - p.losses.link.of(o.quality)
		rows++
		ss += sum * sum
		sy += sum * y
		gram.SymRankOne(gram, 1, row)
		right.AddScaledVec(right, y, row)
	}
	if rows == 0 {
		return
	}
	// As by one more network with the mean loss for which the sensitivities add up as they are.
	prior := ss / float64(rows)
	common := math.Min(math.Max((sy+prior)/(ss+prior), 0.05), 20)
	ridge := 0.0
	for i := range d {
		ridge += gram.At(i, i) / float64(d)
	}
	ridge = math.Max(ridge/float64(rows), 1e-9) // the weight of one more network
	for i := range d {
		gram.SetSym(i, i, gram.At(i, i)+ridge)
		right.SetVec(i, right.AtVec(i)+ridge*common)
	}
	var cholesky mat.Cholesky
	solution := mat.NewVecDense(d, nil)
	if !cholesky.Factorize(gram) || cholesky.SolveVecTo(solution, right) != nil {
		for name := range p.weights {
			p.weights[name] = common
		}
		return
	}
	for i, l := range p.layers {
		p.weights[l.name] = math.Min(math.Max(solution.AtVec(i), 0.1*common), 5*common)
	}
}
