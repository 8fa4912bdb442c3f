package onnx

import (
	"fmt"
	"strings"
)

// layerName names the model's node: by its weights where an exporter kept the name of the parameter
// (layer1.0.conv1.0.0.weight), else by the ONNX node's own name.
func (im *importer) layerName(n *node, weights *tensor) string {
	name := ""
	if weights != nil {
		if stem, ok := strings.CutSuffix(weights.name, ".weight"); ok {
			name = stem
		}
	}
	if name == "" {
		name = cleanName(n.proto.GetName(), n.proto.GetOpType())
	}
	if name == "" {
		name = fmt.Sprintf("%s_%d", n.proto.GetOpType(), n.index)
	}
	return unique(name, im.names)
}

// cleanName turns the scope path that PyTorch gives a node (/layer1/layer1.0/conv1/conv1.0/Conv) into
// the module's name (layer1.0.conv1.0). Other names stay as they are.
func cleanName(name, op string) string {
	if !strings.HasPrefix(name, "/") {
		return name
	}
	var parts []string
	for _, p := range strings.Split(name[1:], "/") {
		// A child of a Sequential repeats its parent's name: layer1/layer1.0.
		if last := len(parts) - 1; last >= 0 && strings.HasPrefix(p, parts[last]+".") {
			parts[last] = p
			continue
		}
		parts = append(parts, p)
	}
	if last := len(parts) - 1; last > 0 && parts[last] == op {
		parts = parts[:last]
	}
	return strings.Join(parts, ".")
}

// unique reserves a name, with a number appended if it is taken.
func unique(name string, taken map[string]bool) string {
	candidate := name
	for i := 1; taken[candidate]; i++ {
		candidate = fmt.Sprintf("%s_%d", name, i)
	}
	taken[candidate] = true
	return candidate
}
