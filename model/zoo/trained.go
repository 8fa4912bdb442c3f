package zoo

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"

	"github.com/rt3d-tune/rt3d-tune/model"
	"github.com/rt3d-tune/rt3d-tune/model/onnx"
)

// trainedFiles holds NAME.onnx per trained network; see trained/README.md.
//
//go:embed trained
var trainedFiles embed.FS

var trainedDescriptions = map[string]string{
	"motion-c3d":            "C3D-like network trained on the generated motion clips",
	"motion-c3d-reweighted": "the same, trained on under RT3D's reweighted penalty, so that little is lost by pruning",
}

func trainedNames() []string {
	files, err := fs.Glob(trainedFiles, "trained/*.onnx")
	if err != nil {
		panic(err) // only a malformed pattern can fail
	}
	var names []string
	for _, f := range files {
		names = append(names, strings.TrimSuffix(strings.TrimPrefix(f, "trained/"), ".onnx"))
	}
	return names
}

func buildTrained(name string) (*model.Graph, error) {
	data, err := trainedFiles.ReadFile("trained/" + name + ".onnx")
	if err != nil {
		return nil, unknown(name)
	}
	g, err := onnx.Decode("zoo:"+name, data)
	if err != nil {
		return nil, fmt.Errorf("build %s: %w", name, err)
	}
	g.Name = name
	return g, nil
}

func describeTrained(name string) (Info, error) {
	g, err := buildTrained(name)
	if err != nil {
		return Info{}, err
	}
	shapes, err := g.Shapes()
	if err != nil {
		return Info{}, fmt.Errorf("describe %s: %w", name, err)
	}
	macs, err := g.MACs(false)
	if err != nil {
		return Info{}, fmt.Errorf("describe %s: %w", name, err)
	}
	return Info{
		Name: name, Description: trainedDescriptions[name], Input: g.Input.Dims, Classes: shapes[g.Output.Name].C,
		MACs: macs, Params: g.Params(), Trained: true,
	}, nil
}
