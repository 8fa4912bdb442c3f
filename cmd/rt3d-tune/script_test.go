package main

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"google.golang.org/protobuf/proto"

	"github.com/rt3d-tune/rt3d-tune/internal/npy"
	"github.com/rt3d-tune/rt3d-tune/model/onnx"
	"github.com/rt3d-tune/rt3d-tune/model/onnx/onnxpb"
	"github.com/rt3d-tune/rt3d-tune/model/reference"
	"github.com/rt3d-tune/rt3d-tune/results"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"rt3d-tune": main})
}

// TestScripts runs the command line as a user would. Scripts whose name starts with slow_ are left out
// of short runs.
func TestScripts(t *testing.T) {
	cache, err := os.UserCacheDir()
	if err == nil {
		err = os.MkdirAll(cache, 0o700)
	}
	if err != nil { // accounts of services have no home
		cache = t.TempDir()
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			// Compiled kernels are shared with other runs; everything else is the script's own.
			env.Setenv("XDG_CACHE_HOME", cache)
			env.Setenv("HOME", env.WorkDir)
			docs, err := filepath.Abs("../../docs")
			if err != nil {
				return err
			}
			env.Setenv("DOCS", docs)
			return nil
		},
		Condition: func(cond string) (bool, error) {
			switch {
			case cond == "long":
				return !testing.Short(), nil
			case strings.HasPrefix(cond, "tool:"):
				program := strings.TrimPrefix(cond, "tool:")
				if _, err := exec.LookPath(program); err == nil {
					return true, nil
				}
				if os.Getenv("RT3D_REQUIRE_TOOLS") == "1" {
					return false, fmt.Errorf("program %s is not installed (run `make setup-test`)", program)
				}
				return false, nil
			}
			return false, fmt.Errorf("unknown condition %q", cond)
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"npy":      writeNPY,
			"matches":  matchesReference,
			"exported": exported,
			"exits":    exits,
			"badonnx":  badONNX,
			"accurate": accurate,
			"steps":    runSteps,
			"point":    point,
		},
	})
}

// exits STATUS PROGRAM ARGS...: runs a program and checks its exit status; stdout and stderr can then
// be looked at by the built-in commands only through files, so what it printed is put into the files
// out and err.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits STATUS PROGRAM ARGS...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	if err != nil {
		var exit *exec.ExitError
		if !asExit(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit status %d, want %d", got, want)
	}
}

func asExit(err error, target **exec.ExitError) bool {
	e, ok := err.(*exec.ExitError)
	*target = e
	return ok
}

// npy FILE SEED DIM...: writes an array of normal values.
func writeNPY(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: npy FILE SEED DIM...")
	}
	seed, err := strconv.ParseUint(args[1], 10, 64)
	ts.Check(err)
	count := 1
	var shape []int
	for _, a := range args[2:] {
		d, err := strconv.Atoi(a)
		ts.Check(err)
		shape = append(shape, d)
		count *= d
	}
	r := rand.New(rand.NewPCG(seed, 0))
	data := make([]float32, count)
	for i := range data {
		data[i] = float32(r.NormFloat64())
	}
	ts.Check(npy.WriteFile(ts.MkAbs(args[0]), shape, data))
}

// exported NAME FILE: a network that PyTorch exported, from the tests of the ONNX reader.
func exported(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: exported NAME FILE")
	}
	data, err := os.ReadFile(filepath.Join(exportedNetworks, args[0]+".onnx"))
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), data, 0o644))
}

// exportedNetworks is where they lie; scripts run elsewhere.
var exportedNetworks = func() string {
	dir, err := filepath.Abs("../../model/onnx/testdata")
	if err != nil {
		panic(err)
	}
	return dir
}()

// matches MODEL INPUT.npy OUTPUT.npy...: checks the outputs against the exact executor, within 1e-4 of their
// scale. MODEL is a file or zoo:NAME.
func matchesReference(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: matches MODEL INPUT.npy OUTPUT.npy...")
	}
	arg := args[0]
	if !strings.HasPrefix(arg, "zoo:") {
		arg = ts.MkAbs(arg)
	}
	g, err := loadModel(arg)
	ts.Check(err)
	inputs, err := loadInputs(ts.MkAbs(args[1]), g)
	ts.Check(err)
	got := make([][]float32, len(inputs))
	for _, file := range args[2:] {
		shape, values, err := npy.ReadFile(ts.MkAbs(file))
		ts.Check(err)
		if shape[0] != len(inputs) {
			ts.Fatalf("output of shape %v for %d inputs", shape, len(inputs))
		}
		per := len(values) / len(inputs)
		for i := range got {
			got[i] = append(got[i], values[i*per:(i+1)*per]...)
		}
	}
	for i, in := range inputs {
		want, err := reference.Run(g, in)
		ts.Check(err)
		if len(want) != len(got[i]) {
			ts.Fatalf("output has %d values, want %d", len(got[i]), len(want))
		}
		scale, worst := 0.0, 0.0
		for j, w := range want {
			scale = math.Max(scale, math.Abs(w))
			worst = math.Max(worst, math.Abs(w-float64(got[i][j])))
		}
		ts.Logf("input %d: largest difference %.3g of the output's scale", i, worst/scale)
		if !(worst <= 1e-4*scale) {
			ts.Fatalf("input %d: largest difference %g, scale %g", i, worst, scale)
		}
	}
}

// badonnx KIND FILE: writes a file that an import must refuse.
func badONNX(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: badonnx corrupt|truncated|operator|dynamic FILE")
	}
	g, err := loadModel("zoo:c3d-small")
	ts.Check(err)
	path := ts.MkAbs(args[1])
	ts.Check(onnx.WriteFile(path, g))
	data, err := os.ReadFile(path)
	ts.Check(err)
	switch args[0] {
	case "corrupt":
		for i := range data[:64] {
			data[i] ^= 0xff
		}
	case "truncated":
		data = data[:len(data)/2]
	case "operator", "dynamic":
		var m onnxpb.ModelProto
		ts.Check(proto.Unmarshal(data, &m))
		if args[0] == "operator" {
			for _, n := range m.Graph.Node {
				if n.GetOpType() == "Relu" {
					n.OpType = proto.String("Relo")
					break
				}
			}
		} else {
			dims := m.Graph.Input[0].Type.GetTensorType().Shape.Dim
			dims[2].Value = &onnxpb.TensorShapeProto_Dimension_DimParam{DimParam: "frames"}
		}
		data, err = proto.Marshal(&m)
		ts.Check(err)
	default:
		ts.Fatalf("unknown kind %q", args[0])
	}
	ts.Check(os.WriteFile(path, data, 0o644))
}

// accurate LOGITS.npy LABELS.npy SHARE: at least this share of the clips is classified right.
func accurate(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: accurate LOGITS.npy LABELS.npy SHARE")
	}
	want, err := strconv.ParseFloat(args[2], 64)
	ts.Check(err)
	shape, logits, err := npy.ReadFile(ts.MkAbs(args[0]))
	ts.Check(err)
	_, labels, err := npy.ReadFileInt64(ts.MkAbs(args[1]))
	ts.Check(err)
	if shape[0] != len(labels) {
		ts.Fatalf("%d outputs for %d labels", shape[0], len(labels))
	}
	right, classes := 0, len(logits)/len(labels)
	for i, label := range labels {
		best := 0
		for j, v := range logits[i*classes : (i+1)*classes] {
			if v > logits[i*classes+best] {
				best = j
			}
		}
		if int64(best) == label {
			right++
		}
	}
	if share := float64(right) / float64(len(labels)); share < want {
		ts.Fatalf("%.3f of the clips are classified right, want %g", share, want)
	}
}

// point DB STUDY: puts the fastest network on the study's front into $POINT, as export takes it.
func point(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: point DB STUDY")
	}
	store, err := results.OpenReadOnly(ts.MkAbs(args[0]))
	ts.Check(err)
	defer store.Close()
	study, err := store.StudyByName(context.Background(), args[1])
	ts.Check(err)
	front, err := store.Front(context.Background(), study.ID)
	ts.Check(err)
	ts.Setenv("POINT", fmt.Sprintf("%s/%d", args[1], front[0].Number))
}
