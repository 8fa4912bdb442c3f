package bench

import "time"

// report gathers what the runner said about one job.
type report struct {
	started  bool
	start    event
	begun    time.Time // when start arrived here
	values   *event
	samples  []sampleEvent
	steps    []StepTime
	result   *event
	failure  *event // error
	end      *event
	measured time.Duration
}

// own is how long the program itself ran.
func (r *report) own() time.Duration {
	var ns float64
	if r.values != nil {
		ns += float64(r.values.FirstNS)
	}
	if r.result != nil {
		ns += float64(r.result.WarmNS)
	}
	for _, s := range r.samples {
		ns += s.Nanoseconds * float64(s.Batch)
	}
	return time.Duration(ns)
}

// conversation gathers what one runner process said.
type conversation struct {
	hello *event
	jobs  map[string]*report
	// samples of all jobs, in the order in which they were taken.
	samples []sampleEvent
	now     func() time.Time
	last    time.Time // arrival of the last line
}

func newConversation(now func() time.Time) *conversation {
	return &conversation{jobs: map[string]*report{}, now: now, last: now()}
}

// add files one event.
func (c *conversation) add(e event) {
	now := c.now()
	defer func() { c.last = now }()
	if e.Event == "hello" {
		c.hello = &e
		return
	}
	r := c.jobs[e.Key]
	if r == nil {
		r = &report{begun: c.last} // the runner goes on with a job as soon as the last one ended
		c.jobs[e.Key] = r
	}
	switch e.Event {
	case "start":
		r.started, r.start = true, e
	case "values":
		r.values = &e
	case "sample":
		r.samples = append(r.samples, e.sampleEvent)
		c.samples = append(c.samples, e.sampleEvent)
	case "step":
		t := StepTime{Part: e.Part, Step: -1, Median: time.Duration(e.StepNS)}
		if e.Step != nil {
			t.Step = *e.Step
		}
		r.steps = append(r.steps, t)
	case "result":
		r.result = &e
	case "error":
		r.failure = &e
	case "end":
		r.end = &e
		r.measured = now.Sub(r.begun)
	}
}
