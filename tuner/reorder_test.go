package tuner

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/kernels"
	"github.com/rt3d-tune/rt3d-tune/kernels/spec"
	"github.com/rt3d-tune/rt3d-tune/model"
	"github.com/rt3d-tune/rt3d-tune/results"
)

// narrow groups share a block of a kernel with others.
var narrow = []Group{{Scheme: model.Vanilla, GM: 4, GN: 4}}

// stripe makes fours of filters keep the one or the other half of their channels by turns when they are pruned by
// norm.
func stripe(g *model.Graph) {
	for _, n := range g.Convs() {
		c := n.Op.(*model.Conv)
		for i := range c.Weight {
			channel, filter := i/c.Positions()%c.Channels, i/c.Positions()/c.Channels
			if (filter/4%2 == 0) == (channel < c.Channels/2) {
				c.Weight[i] /= 8
			}
		}
	}
}

// Filters of pruned networks are put in the order in which like masks meet; layers and networks say so, and all can
// be made again, those that were trained on too.
func TestSearchReordersFilters(t *testing.T) {
	study, _ := newStudy(t, "", Options{Trials: 150, Seed: 1, Groups: narrow, Refined: 1, Reorder: true})
	stripe(study.Graph)
	d := study.Evaluator.(*device)
	d.unions, d.packs = true, true
	study.Refiner = &trainer{}
	sum := mustRun(t, study)
	held := map[Phase]int{}
	for _, trial := range trials(t, study) {
		if trial.Kind != results.ModelTrial || trial.Phase == string(SensitivityPhase) {
			continue
		}
		var p modelParameters
		if err := json.Unmarshal(trial.Parameters, &p); err != nil {
			t.Fatal(err)
		}
		var marked []string
		for _, l := range trial.Layers {
			if l.Reordered {
				marked = append(marked, l.Name)
			}
		}
		if !slices.Equal(marked, p.Reordered) {
			t.Errorf("trial %d: layers %v are marked, %v were reordered", trial.Number, marked, p.Reordered)
		}
		if len(marked) == 0 {
			continue
		}
		if held[Phase(trial.Phase).base()]++; held[Phase(trial.Phase).base()] > 3 {
			continue // packing takes long
		}
		program, plain := rebuilt(t, study, trial), *trial
		p.Reordered = nil
		var err error
		if plain.Parameters, err = json.Marshal(p); err != nil {
			t.Fatal(err)
		}
		if _, err := Rebuild(t.Context(), origin(t, study, trial), study.Target, &plain); !errors.Is(err, ErrNotReproduced) {
			t.Errorf("trial %d in the order of the dense network: error %v", trial.Number, err)
		}
		kept := plain
		kept.Provenance.BlobHash = blobHash(t, study, kept)
		ran, err := executed(program)
		if err != nil {
			t.Fatal(err)
		}
		was, err := executed(rebuilt(t, study, &kept))
		if err != nil {
			t.Fatal(err)
		}
		for name, before := range was {
			if slices.Contains(marked, name) && ran[name] >= before {
				t.Errorf("trial %d: layer %s runs %g of its products, %g in the order of the dense network", trial.Number, name, ran[name], before)
			}
		}
	}
	if held[SearchPhase] == 0 || held[RefinePhase] == 0 || held[PlayoffPhase] == 0 || sum.Trials[ReorderPhase] == 0 {
		t.Errorf("networks with another order by phase %v, trials by phase %v: too few to tell", held, sum.Trials)
	}
	asked := len(d.asked)
	mustRun(t, study)
	if again := d.asked[asked:]; len(again) > 0 {
		t.Errorf("the resumed search measured %q again", again)
	}
}

func origin(t *testing.T, study Study, trial *results.Trial) Origin {
	t.Helper()
	o := Origin{Dense: study.Graph, Pruner: study.Pruner}
	if trial.Refined != "" {
		var err error
		if o.Refined, err = study.Store.Network(t.Context(), trial.Refined); err != nil {
			t.Fatal(err)
		}
	}
	return o
}

func rebuilt(t *testing.T, study Study, trial *results.Trial) kernels.Program {
	t.Helper()
	program, err := Rebuild(t.Context(), origin(t, study, trial), study.Target, trial)
	if err != nil {
		t.Fatal(err)
	}
	return program
}

// blobHash of what the trial's parameters make.
func blobHash(t *testing.T, study Study, trial results.Trial) string {
	t.Helper()
	trial.Provenance.BlobHash = "unknown"
	program, err := Remake(t.Context(), origin(t, study, &trial), study.Target, &trial)
	if err != nil {
		t.Fatal(err)
	}
	blob, err := kernels.Pack(study.Target, program)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%x", sha256.Sum256(blob))
}

// Level 1 times masks whose groups share a block of the kernel as they will be: of the layer's own weights, and in
// the order that suits the kernel.
func TestTableKnowsTheOrder(t *testing.T) {
	for _, on := range []bool{true, false} {
		study, _ := newStudy(t, "", Options{Trials: 120, Seed: 1, Groups: append(narrow[:1:1], kgs[1]), Reorder: on})
		stripe(study.Graph)
		study.Evaluator.(*device).unions = true
		mustRun(t, study)
		own := 0
		for _, trial := range trials(t, study) {
			if trial.Phase != string(TablePhase) {
				continue
			}
			var p kernelParameters
			if err := json.Unmarshal(trial.Parameters, &p); err != nil {
				t.Fatal(err)
			}
			s, err := spec.ParseSchedule(trial.Schedule)
			if err != nil {
				t.Fatal(err)
			}
			shares := trial.Scheme != string(model.Dense) && s.TileFilters*8 > trial.GM
			if on && trial.GM == narrow[0].GM && p.Layer == "" {
				t.Errorf("trial %d of %s %dx%d with %s has random weights", trial.Number, trial.Scheme, trial.GM, trial.GN, trial.Schedule)
			}
			if p.Layer != "" {
				own++
				if !shares {
					t.Errorf("trial %d of %s %dx%d with %s has weights of %s", trial.Number, trial.Scheme, trial.GM, trial.GN, trial.Schedule, p.Layer)
				}
			}
		}
		if (own > 0) != on {
			t.Errorf("reorder %t: %d kernels have a layer's own weights", on, own)
		}
	}
}

// Where another order does not measure faster, the network in the order of the dense one is measured too; switched
// off, nothing is reordered.
func TestOrderIsChosenByMeasuring(t *testing.T) {
	for _, on := range []bool{true, false} {
		study, _ := newStudy(t, "", Options{Trials: 150, Seed: 1, Groups: narrow, Reorder: on})
		stripe(study.Graph)
		sum := mustRun(t, study) // a device whose times follow densities alone
		reordered, back, played := 0, 0, 0
		for _, trial := range trials(t, study) {
			for _, l := range trial.Layers {
				if l.Reordered {
					reordered++
				}
			}
			if !ordered(trial) {
				continue
			}
			if Phase(trial.Phase).base() == PlayoffPhase {
				played++
			}
			back++
			for _, l := range trial.Layers {
				if l.Reordered {
					t.Errorf("trial %d: %s is reordered, though that is not faster", trial.Number, l.Name)
				}
			}
		}
		if (reordered > 0) != on || (back > 0) != on || (played > 0) != on || (sum.Trials[ReorderPhase] > 0) != on {
			t.Errorf("reorder %t: %d layers were reordered, %d networks went back, %d of them in playoffs; trials by phase %v", on, reordered, back, played, sum.Trials)
		}
	}
}
