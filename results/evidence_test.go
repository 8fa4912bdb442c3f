package results

import (
	"context"
	"errors"
	"reflect"
	"testing"
)

func TestStudies(t *testing.T) {
	ctx := context.Background()
	s := open(t)
	want := study(t, s, `<script>"x"`)
	got, err := s.StudyByName(ctx, want.Name)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("read %+v, %v; written %+v", got, err, want)
	}
	again := *want
	if err := s.CreateStudy(ctx, &again); !errors.Is(err, ErrExists) {
		t.Errorf("same name: %v", err)
	}
	if _, err := s.StudyByName(ctx, "none"); !errors.Is(err, ErrNotFound) {
		t.Errorf("missing study: %v", err)
	}
	for _, bad := range []Study{{Name: "", Objective: Accuracy}, {Name: "b", Objective: "speed"},
		{Name: "c", Objective: Fidelity, State: "asleep"}, {Name: "d", Objective: Fidelity, Device: "never saved"}} {
		if err := s.CreateStudy(ctx, &bad); !errors.Is(err, ErrInvalid) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
	if err := s.SetState(ctx, 999, Finished); !errors.Is(err, ErrNotFound) {
		t.Errorf("state of no study: %v", err)
	}
	if err := s.SetState(ctx, want.ID, "asleep"); !errors.Is(err, ErrInvalid) {
		t.Errorf("unknown state: %v", err)
	}

	phone := Device{Fingerprint: "f", Name: "phone", Facts: []byte(`{"cores":8}`)}
	for range 2 { // saved again, it is replaced
		if err := s.SaveDevice(ctx, phone); err != nil {
			t.Fatal(err)
		}
		phone.Name = "phone 2"
	}
	if err := s.SetDevice(ctx, want.ID, "f"); err != nil {
		t.Fatal(err)
	}
	d, err := s.DeviceByFingerprint(ctx, "f")
	if err != nil || d.Name != "phone 2" || string(d.Facts) != `{"cores":8}` || d.Seen.IsZero() {
		t.Errorf("device %+v, %v", d, err)
	}
	if _, err := s.DeviceByFingerprint(ctx, "g"); !errors.Is(err, ErrNotFound) {
		t.Errorf("missing device: %v", err)
	}
	second := study(t, s, "second")
	if err := s.SetState(ctx, want.ID, Finished); err != nil {
		t.Fatal(err)
	}
	list, err := s.Studies(ctx)
	if err != nil || len(list) != 2 || list[0].ID != want.ID || list[1].ID != second.ID {
		t.Errorf("studies %v, %v: the one written to last is first", list, err)
	}
	if list[0].Device != "f" || list[0].State != Finished {
		t.Errorf("%+v", list[0])
	}
}

func TestState(t *testing.T) {
	ctx := context.Background()
	s := open(t)
	v := study(t, s, "s")
	var got []int
	if err := s.GetState(ctx, v.ID, "strategy", &got); !errors.Is(err, ErrNotFound) {
		t.Errorf("missing value: %v", err)
	}
	for _, want := range [][]int{{1}, {2, 3}} {
		if err := s.PutState(ctx, v.ID, "strategy", want); err != nil {
			t.Fatal(err)
		}
		got = nil
		if err := s.GetState(ctx, v.ID, "strategy", &got); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%v, %v; put %v", got, err, want)
		}
	}
	if err := s.PutState(ctx, v.ID, "bad", make(chan int)); err == nil {
		t.Error("a channel was stored")
	}
}

func TestEvidence(t *testing.T) {
	ctx := context.Background()
	s := open(t)
	v, other := study(t, s, "s"), study(t, s, "other")

	a := Sensitivity{Layer: "conv1", Scheme: "kgs", GM: 8, GN: 4, Rate: 0.5, Lost: -0.001, Clips: 200, DenseCorrect: pointer(190), Correct: pointer(191), SavedMS: pointer(.25)}
	b := Sensitivity{Layer: "conv2", Scheme: "filter", Rate: 0.7, Lost: 0.02, Clips: 50}
	for _, x := range []Sensitivity{b, {Layer: "conv1", Scheme: "kgs", GM: 8, GN: 4, Rate: 0.5, Lost: 9, Clips: 1}, a} {
		if err := s.SetSensitivity(ctx, v.ID, x); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := s.Sensitivities(ctx, v.ID); err != nil || !reflect.DeepEqual(got, []Sensitivity{a, b}) {
		t.Errorf("sensitivities %+v, %v", got, err)
	}
	for _, bad := range []Sensitivity{{Layer: "x", Scheme: "dense", GM: 1, Rate: 0.5, Clips: 1}, {Layer: "x", Scheme: "kgs", GM: 1, Rate: 1.5, Clips: 1},
		{Layer: "x", Scheme: "kgs", GM: 1, Rate: 0.5, Clips: 3, DenseCorrect: pointer(4), Correct: pointer(1)},
		{Layer: "x", Scheme: "kgs", GM: 1, Rate: 0.5, Clips: 3, DenseCorrect: pointer(3)}} {
		if err := s.SetSensitivity(ctx, v.ID, bad); !errors.Is(err, ErrInvalid) {
			t.Errorf("%+v: %v", bad, err)
		}
	}

	native := &Trial{StudyID: v.ID, Kind: KernelTrial, Phase: "table", Key: "n", Outcome: OK, Schedule: "fast", Latency: &Latency{MedianMS: 2, LowMS: 1, HighMS: 3, Valid: 5}}
	emulated := &Trial{StudyID: v.ID, Kind: KernelTrial, Phase: "table", Key: "e", Outcome: OK, Schedule: "slow", Latency: &Latency{MedianMS: 20, LowMS: 10, HighMS: 30, Valid: 5, Emulated: true}}
	for _, x := range []*Trial{native, emulated} {
		if err := s.AppendTrial(ctx, x); err != nil {
			t.Fatal(err)
		}
	}
	cell := LatencyEntry{Workload: "w", Scheme: "kgs", GM: 8, GN: 4, Density: 0.28}
	for _, x := range []*Trial{emulated, native} { // the second replaces the first
		cell.TrialID = x.ID
		if err := s.SetLatency(ctx, v.ID, cell); err != nil {
			t.Fatal(err)
		}
		want := cell
		want.Schedule, want.Latency = x.Schedule, x.Latency
		if got, err := s.LatencyTable(ctx, v.ID); err != nil || !reflect.DeepEqual(got, []LatencyEntry{want}) {
			t.Errorf("latency table %+v, %v", got, err)
		}
	}

	for _, x := range []struct {
		activity string
		seconds  float64
	}{{"build", 1.5}, {"measure", 4}, {"build", 0.25}} {
		if err := s.AddLedger(ctx, v.ID, x.activity, x.seconds); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := s.Ledger(ctx, v.ID); err != nil || !reflect.DeepEqual(got, map[string]float64{"build": 1.75, "measure": 4}) {
		t.Errorf("ledger %v, %v", got, err)
	}
	if err := s.AddLedger(ctx, v.ID, "build", -1); !errors.Is(err, ErrInvalid) {
		t.Errorf("negative time: %v", err)
	}

	contest := Contest{Name: "model", Entries: []ContestEntry{{native.ID, true, true}, {emulated.ID, false, false}}}
	for range 2 {
		if err := s.SetContest(ctx, v.ID, contest); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := s.Contests(ctx, v.ID); err != nil || !reflect.DeepEqual(got, []Contest{contest}) {
		t.Errorf("contests %+v, %v", got, err)
	}
	for _, bad := range [][]ContestEntry{{}, {{native.ID, true, false}}, {{native.ID, true, true}, {emulated.ID, true, true}}, {{native.ID, false, true}}} {
		if err := s.SetContest(ctx, v.ID, Contest{Name: "model", Entries: bad}); !errors.Is(err, ErrInvalid) {
			t.Errorf("%+v: %v", bad, err)
		}
	}

	// Another study of the same file sees none of it.
	sensitivities, err1 := s.Sensitivities(ctx, other.ID)
	table, err2 := s.LatencyTable(ctx, other.ID)
	ledger, err3 := s.Ledger(ctx, other.ID)
	contests, err4 := s.Contests(ctx, other.ID)
	if err := errors.Join(err1, err2, err3, err4); err != nil || len(sensitivities)+len(table)+len(ledger)+len(contests) != 0 {
		t.Errorf("%v %v %v %v %v", sensitivities, table, ledger, contests, err)
	}
}

func TestReuse(t *testing.T) {
	ctx := context.Background()
	s := open(t)
	v, other := study(t, s, "s"), study(t, s, "other")
	base := full(v.ID).Provenance
	if base.Key() == "" {
		t.Fatal("no key")
	}
	// What differs in anything that the time depends on has another key; what does not, the same.
	for name, c := range map[string]struct {
		change func(*Provenance)
		same   bool
	}{
		"source":            {func(p *Provenance) { p.SourceHash = "x" }, false},
		"compiler":          {func(p *Provenance) { p.Compiler = "x" }, false},
		"flags":             {func(p *Provenance) { p.Flags = "-O2" }, false},
		"target":            {func(p *Provenance) { p.Target = "x" }, false},
		"device":            {func(p *Provenance) { p.Device = "x" }, false},
		"cores":             {func(p *Provenance) { p.Cores = "x" }, false},
		"runner":            {func(p *Provenance) { p.Runner = "qemu r1" }, false},
		"workload":          {func(p *Provenance) { p.Workload = "x" }, false},
		"mask":              {func(p *Provenance) { p.MaskHash = "x" }, false},
		"clocks":            {func(p *Provenance) { p.Clocks = "policy0 performance 1800000" }, false},
		"threads":           {func(p *Provenance) { p.Threads = 4 }, false},
		"what is timed":     {func(p *Provenance) { p.Timed = "all" }, false},
		"suppressed":        {func(p *Provenance) { p.Suppressed = nil }, false},
		"neighbours":        {func(p *Provenance) { p.Compiler, p.Flags = p.Compiler+p.Flags, "" }, false},
		"nonce":             {func(p *Provenance) { p.Nonce = "x" }, true},
		"suppressed, order": {func(p *Provenance) { p.Suppressed = []string{"GOVERNOR", "GOVERNOR"} }, true},
	} {
		p := base
		c.change(&p)
		if (p.Key() == base.Key()) != c.same {
			t.Errorf("%s: equal keys %v", name, !c.same)
		}
	}
	for _, p := range []Provenance{{Device: "d"}, {SourceHash: "s"}} {
		if p.Key() != "" {
			t.Errorf("%+v has a key", p)
		}
	}

	if _, err := s.Reusable(ctx, base.Key()); !errors.Is(err, ErrNotFound) {
		t.Errorf("nothing measured: %v", err)
	}
	measured := full(v.ID)
	if err := s.AppendTrial(ctx, measured); err != nil {
		t.Fatal(err)
	}
	reused := full(other.ID)
	reused.ReusedFrom = measured.ID
	if err := s.AppendTrial(ctx, reused); err != nil {
		t.Fatal(err)
	}
	crashed := full(other.ID)
	crashed.Key, crashed.Outcome, crashed.Latency, crashed.Objectives = "crash", Crash, nil, nil
	if err := s.AppendTrial(ctx, crashed); err != nil {
		t.Fatal(err)
	}
	got, err := s.Reusable(ctx, base.Key())
	if err != nil || got.ID != measured.ID {
		t.Errorf("reusable %+v, %v: only what was measured itself and ended well", got, err)
	}
	if _, err := s.Reusable(ctx, ""); !errors.Is(err, ErrNotFound) {
		t.Errorf("empty key: %v", err)
	}
}

// A sensitivity is found by studies of equal basis, as long as it was measured and not itself taken over.
func TestKnownSensitivity(t *testing.T) {
	ctx := context.Background()
	s := open(t)
	make := func(name, basis string) *Study {
		v := &Study{Name: name, Objective: Accuracy, Basis: basis}
		if err := s.CreateStudy(ctx, v); err != nil {
			t.Fatal(err)
		}
		return v
	}
	a, b, none := make("a", "model and data"), make("b", "model and data"), make("none", "")
	add := func(v *Study, key string, from int64) *Trial {
		x := &Trial{StudyID: v.ID, Kind: ModelTrial, Phase: "sensitivity", Key: key, Outcome: OK, Clips: 10, Density: 1,
			Objectives: map[string]float64{"accuracy": .9}, ReusedFrom: from}
		if err := s.AppendTrial(ctx, x); err != nil {
			t.Fatal(err)
		}
		return x
	}
	first := add(a, "conv1@0.5", 0)
	add(b, "conv1@0.5", first.ID)
	add(none, "conv2@0.5", 0)
	if got, err := s.KnownSensitivity(ctx, "model and data", "conv1@0.5"); err != nil || got.ID != first.ID || got.Objectives["accuracy"] != .9 {
		t.Errorf("found %+v, %v; want trial %d", got, err, first.ID)
	}
	for _, q := range [][2]string{{"other data", "conv1@0.5"}, {"model and data", "conv2@0.5"}, {"", "conv2@0.5"}} {
		if got, err := s.KnownSensitivity(ctx, q[0], q[1]); !errors.Is(err, ErrNotFound) {
			t.Errorf("basis %q, key %q: %+v, %v", q[0], q[1], got, err)
		}
	}
}
