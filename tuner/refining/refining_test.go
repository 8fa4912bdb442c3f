package refining

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rt3d-tune/rt3d-tune/model"
	"github.com/rt3d-tune/rt3d-tune/model/onnx"
	"github.com/rt3d-tune/rt3d-tune/prune"
)

// networks gives a small dense network and the same pruned.
func networks(t *testing.T) (dense, pruned *model.Graph) {
	t.Helper()
	conv := func(filters, channels int) *model.Conv {
		c := &model.Conv{Filters: filters, Channels: channels, Groups: 1, Kernel: [3]int{3, 3, 3}, Stride: [3]int{1, 1, 1},
			Dilation: [3]int{1, 1, 1}, PadBegin: [3]int{1, 1, 1}, PadEnd: [3]int{1, 1, 1}}
		c.Weight = make([]float32, c.WeightCount())
		for i := range c.Weight {
			c.Weight[i] = float32(i%7) + 1
		}
		return c
	}
	dense = &model.Graph{Name: "net", Input: model.Value{Name: "x", Dims: []int{1, 4, 4, 8, 8}}, Output: model.Value{Name: "c", Dims: []int{1, 8, 4, 8, 8}},
		Nodes: []*model.Node{
			{Name: "conv1", Op: conv(8, 4), Inputs: []string{"x"}, Output: "a"},
			{Name: "relu1", Op: &model.Activation{Function: model.Relu}, Inputs: []string{"a"}, Output: "b"},
			{Name: "conv2", Op: conv(8, 8), Inputs: []string{"b"}, Output: "c"},
		}}
	pruned, err := prune.Graph(dense, map[string]prune.Choice{"conv2": {Scheme: model.KGS, GM: 4, GN: 4, Rate: 0.5}})
	if err != nil {
		t.Fatal(err)
	}
	return dense, pruned
}

func shell(script string) []string { return []string{"sh", "-c", script, "sh", Model, Output, Dense} }

// What the command writes comes back with its weights, the masks that it was given, and our names.
func TestTrainedWeightsComeBack(t *testing.T) {
	dense, pruned := networks(t)
	trained := pruned.Clone()
	first := trained.Nodes[0].Op.(*model.Conv)
	first.Weight[5], first.Bias = 42, make([]float32, 8)
	first.Bias[3] = 7
	trained.Nodes[0].Name, trained.Nodes[2].Op.(*model.Conv).Mask = "/features/0/Conv", nil // as an exporter leaves it
	file := filepath.Join(t.TempDir(), "trained.onnx")
	if err := onnx.WriteFile(file, trained); err != nil {
		t.Fatal(err)
	}
	c := &Command{Args: shell(`test -s "$1" && test -s "$3" && cp trained.onnx "$2"`), Dir: filepath.Dir(file)}
	g, err := c.Refine(t.Context(), dense, pruned)
	if err != nil {
		t.Fatal(err)
	}
	got := g.Nodes[0].Op.(*model.Conv)
	if got.Weight[5] != 42 || got.Bias[3] != 7 || g.Nodes[0].Name != "conv1" {
		t.Errorf("weight %g, bias %g, name %s", got.Weight[5], got.Bias[3], g.Nodes[0].Name)
	}
	if m := g.Nodes[2].Op.(*model.Conv).Mask; m == nil || m.Density() != 0.5 {
		t.Errorf("mask %v", m)
	}
	if pruned.Nodes[0].Op.(*model.Conv).Weight[5] == 42 {
		t.Error("the pruned network was changed")
	}
}

// Every way in which a command can fail is told in its own words.
func TestBadCommands(t *testing.T) {
	dense, pruned := networks(t)
	short := dense.Clone()
	short.Nodes = short.Nodes[:2]
	short.Output = model.Value{Name: "b", Dims: []int{1, 8, 4, 8, 8}}
	other := dense.Clone()
	other.Nodes[1].Op = &model.Activation{Function: model.Sigmoid}
	strided := dense.Clone()
	strided.Nodes[0].Op.(*model.Conv).Dilation = [3]int{1, 2, 2}
	strided.Nodes[0].Op.(*model.Conv).PadBegin = [3]int{1, 2, 2}
	strided.Nodes[0].Op.(*model.Conv).PadEnd = [3]int{1, 2, 2}
	diverged := pruned.Clone()
	diverged.Nodes[0].Op.(*model.Conv).Weight[5] = float32(math.NaN())
	dir := t.TempDir()
	for name, g := range map[string]*model.Graph{"short": short, "other": other, "strided": strided, "diverged": diverged} {
		if err := onnx.WriteFile(filepath.Join(dir, name+".onnx"), g); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		script string
		want   []string
	}{
		{`echo "no card is free" >&2; exit 3`, []string{"exit status 3", "no card is free"}},
		{`true`, []string{"wrote no file", Output}},
		{`echo nonsense > "$2"`, []string{"its network"}},
		{`cp "$3" "$2"`, []string{`layer "conv2"`, "not kept", "must stay zero"}},
		{`cp short.onnx "$2"`, []string{"2 operators", "the 3 of"}},
		{`cp other.onnx "$2"`, []string{"operator 2", "Sigmoid", "Relu"}},
		{`cp strided.onnx "$2"`, []string{`layer "conv1"`, "not the same convolution"}},
		{`cp diverged.onnx "$2"`, []string{`layer "conv1"`, "holds NaN", "learning rate"}},
	} {
		_, err := (&Command{Args: shell(c.script), Dir: dir}).Refine(t.Context(), dense, pruned)
		for _, want := range c.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: error %v; want %q in it", c.script, err, want)
			}
		}
	}
	if _, err := (&Command{Args: []string{"no-such-program", Model, Output}}).Refine(t.Context(), dense, pruned); err == nil || !strings.Contains(err.Error(), "no-such-program") {
		t.Errorf("a program that is not there: %v", err)
	}
	for _, args := range [][]string{nil, {"train"}, {"train", Model}, {"train", Output}} {
		if Check(args) == nil {
			t.Errorf("command %q was taken", args)
		}
	}
}

// Time out, and nothing that the command started goes on.
func TestTimeoutEndsTheWholeCommand(t *testing.T) {
	dense, pruned := networks(t)
	dir := t.TempDir()
	c := &Command{Args: shell(`sleep 600 & echo $! > child; wait`), Dir: dir, Timeout: 300 * time.Millisecond}
	_, err := c.Refine(t.Context(), dense, pruned)
	if err == nil || !strings.Contains(err.Error(), "refine.timeout") {
		t.Fatalf("error %v", err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "child"))
	if err != nil {
		t.Fatal(err)
	}
	child, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	for range 100 {
		if err = gone(child); err == nil {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	if err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("the user's wish"))
	if _, err := c.Refine(ctx, dense, pruned); err == nil || !strings.Contains(err.Error(), "the user's wish") {
		t.Errorf("interrupted: %v", err)
	}
}

// gone tells that a process ended; one that nobody has waited for yet counts.
func gone(pid int) error {
	if syscall.Kill(pid, 0) != nil {
		return nil
	}
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil || strings.Contains(string(stat), ") Z ") {
		return nil
	}
	return errors.New("the command's child still runs")
}
