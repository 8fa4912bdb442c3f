package onnx_test

import (
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rt3d-tune/rt3d-tune/model"
	"github.com/rt3d-tune/rt3d-tune/model/onnx"
)

// Weights that lie in a file beside the model are read from there, at their offset; a reference that leads
// nowhere, or out of the folder, is an error that names it.
func TestWeightsBesideTheModel(t *testing.T) {
	dir := t.TempDir()
	weights := []float32{9, 2, 3, 5} // the first is another tensor's
	var raw []byte
	for _, v := range weights {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
	}
	if err := os.WriteFile(filepath.Join(dir, "m.onnx.data"), raw, 0o644); err != nil {
		t.Fatal(err)
	}
	write := func(t *testing.T, references string) string {
		t.Helper()
		path := filepath.Join(dir, "m.onnx")
		data := file(t, 18, []int{1, 3, 2, 2}, node("y", "Conv", "x w"),
			`initializer { name: "w" data_type: 1 dims: 1 dims: 3 dims: 1 dims: 1 data_location: EXTERNAL `+references+` }`)
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	reference := func(pairs ...string) string {
		var b strings.Builder
		for i := 0; i < len(pairs); i += 2 {
			b.WriteString(`external_data { key: "` + pairs[i] + `" value: "` + pairs[i+1] + `" } `)
		}
		return b.String()
	}
	for name, pairs := range map[string][]string{
		"offset and length": {"location", "m.onnx.data", "offset", "4", "length", "12"},
		"to the end":        {"location", "m.onnx.data", "offset", "4"},
	} {
		t.Run(name, func(t *testing.T) {
			g, err := onnx.ReadFile(write(t, reference(pairs...)))
			if err != nil {
				t.Fatal(err)
			}
			if got := g.Convs()[0].Op.(*model.Conv).Weight; !slices.Equal(got, weights[1:]) {
				t.Errorf("weights %v, want %v", got, weights[1:])
			}
		})
	}
	for name, c := range map[string]struct {
		pairs []string
		want  string
	}{
		"no such file":     {[]string{"location", "gone.data"}, `m.onnx: tensor "w": its values lie in another file, to be kept beside the model: open ` + dir},
		"out of the model": {[]string{"location", "../m.onnx.data"}, `its values lie in "../m.onnx.data": want a file in the model's folder`},
		"no location":      {[]string{"offset", "4"}, `its values lie in "": want a file in the model's folder`},
		"a folder":         {[]string{"location", "."}, "not a file"},
		"cut off":          {[]string{"location", "m.onnx.data", "offset", "8", "length", "12"}, "bytes 8 to 20 of " + dir + "/m.onnx.data, which has 16: the file is cut off"},
		"past the end":     {[]string{"location", "m.onnx.data", "offset", "20"}, "which has 16"},
		"no number":        {[]string{"location", "m.onnx.data", "offset", "-4"}, `"-4": want a number of bytes`},
		"too few":          {[]string{"location", "m.onnx.data", "length", "8"}, "holds 2 values, its dimensions [1 3 1 1] want 3"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := onnx.ReadFile(write(t, reference(c.pairs...)))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
}

// A model in memory has no folder.
func TestDecodeRefusesWeightsInOtherFiles(t *testing.T) {
	_, err := onnx.Decode("m", file(t, 18, []int{1, 1, 2, 2}, node("y", "Conv", "x w"),
		`initializer { name: "w" data_type: 1 dims: 1 data_location: EXTERNAL external_data { key: "location" value: "w.bin" } }`))
	if err == nil || !strings.Contains(err.Error(), `tensor "w" lies in an external file`) {
		t.Errorf("error %v, want one that names the tensor", err)
	}
}
