package sim

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rt3d-tune/rt3d-tune/remote"
)

// Phone is one simulated phone. It outlives connections to it, as a real one does: its heat, its charge
// and the number of jobs that it has run.
type Phone struct {
	config *remote.SimConfig
	spec   spec

	mu    sync.Mutex
	body  *body
	noise *noise
	jobs  int
	dirs  int
	files map[string]file
	link  int // number of the connection that stands; an older one is broken

	// told is the elapsed time that the clock shows. It is apart from mu, because whoever reads what a
	// running program says may look at the clock.
	told atomic.Int64
}

type file struct {
	data       []byte
	executable bool
}

// New makes a phone that lies at rest. config must have passed Validate; nil means all defaults.
func New(config *remote.SimConfig) *Phone {
	c := withDefaults(config)
	s := specs[c.Phone]
	return &Phone{
		config: c, spec: s,
		body:  newBody(&s, c.Ambient, float64(c.Battery)/100, c.Governor == "schedutil"),
		noise: &noise{random: rand.New(rand.NewPCG(c.Seed, 0x51b)), variation: c.Noise},
		files: map[string]file{},
	}
}

var (
	phonesMu sync.Mutex
	phones   = map[string]*Phone{}
)

// Open connects to the phone that a configuration describes. Within a process equal configurations are
// the same phone: a connection that is made again finds it as hot as it was left.
func Open(_ context.Context, c remote.Config) (remote.Transport, error) {
	if err := Validate(c); err != nil {
		return nil, err
	}
	settings, err := json.Marshal(withDefaults(c.Sim))
	if err != nil {
		return nil, fmt.Errorf("open simulated phone %s: %w", c.Name, err)
	}
	key := c.Name + " " + string(settings)
	phonesMu.Lock()
	defer phonesMu.Unlock()
	if phones[key] == nil {
		phones[key] = New(c.Sim)
	}
	return phones[key].Connect(), nil
}

// Connect opens a connection; those before it are broken.
func (p *Phone) Connect() remote.Transport {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.link++
	return &transport{phone: p, link: p.link, name: fmt.Sprintf("sim:%s-%d", p.spec.name, p.config.Seed)}
}

// Clock is the phone's time: this machine's, and all the time in which the phone was simulated on top. A
// wait passes at once and lets the phone cool down.
func (p *Phone) Clock() remote.Clock { return clock{p} }

type clock struct{ phone *Phone }

func (c clock) Now() time.Time { return time.Now().Add(time.Duration(c.phone.told.Load())) }

func (c clock) Sleep(ctx context.Context, d time.Duration) error {
	c.phone.mu.Lock()
	defer c.phone.mu.Unlock()
	c.phone.body.idle(d)
	c.phone.tell()
	return ctx.Err()
}

// tell lets the clock show how much time has passed; mu is held.
func (p *Phone) tell() { p.told.Store(int64(p.body.elapsed)) }

// remove deletes a path and all below it; mu is held.
func (p *Phone) remove(path string) {
	for name := range p.files {
		if name == path || strings.HasPrefix(name, path+"/") {
			delete(p.files, name)
		}
	}
}

// restart is what a reboot does; mu is held.
func (p *Phone) restart() {
	const boot = 40 * time.Second
	p.body.idle(boot)
	p.link++ // no connection survives it
}
