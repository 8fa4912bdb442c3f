package configs

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

//go:embed schema.json devices.schema.json demo.yaml c3d-phone.yaml r2plus1d-board.yaml sim.yaml ci.yaml ci-small.yaml refine.yaml
var files embed.FS

// Shipped returns a ready configuration that is built into the program, for example "demo.yaml".
func Shipped(name string) ([]byte, error) { return files.ReadFile(name) }

// Error is a mistake in a configuration, with the place where it is.
type Error struct {
	File         string
	Line, Column int
	Key          string // dotted path, for example prune.groups[0]
	Problem      string // what is wrong and what is allowed
}

// Error implements error.
func (e *Error) Error() string {
	s := e.File
	if e.Line > 0 {
		s += fmt.Sprintf(":%d:%d", e.Line, e.Column)
	}
	if e.Key != "" {
		s += ": " + e.Key
	}
	return s + ": " + e.Problem
}

// Load reads and checks a file. The error is an *Error for what is wrong inside the file.
func Load(path string) (*Config, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, &Error{File: path, Problem: fmt.Sprintf("cannot be read: %v", errors.Unwrap(err))}
	}
	return Parse(path, text)
}

// Parse checks text against the schema and reads it. path is for messages only.
func Parse(path string, text []byte) (*Config, error) {
	c := &Config{Path: path, Text: text}
	root, err := decode(path, text, studySchema, c)
	if err != nil {
		return nil, err
	}
	c.root = root
	c.setDefaults()
	if c.OnDevice() && c.Data != nil && c.Data.On == "host" {
		return nil, c.Mistake(fmt.Errorf("is host, which may lack %s; want device", c.Target.DType), "data", "on")
	}
	return c, nil
}

// Mistake makes an error about the value at a path of keys and indices, with its place in the file: for
// what only the model, the data or the device can tell to be wrong.
func (c *Config) Mistake(problem error, keys ...string) error {
	return place(c.Path, c.root, keys, problem.Error())
}

// decode checks text against a schema, reads it into v and returns its tree.
func decode(path string, text []byte, schema func() (*jsonschema.Schema, error), v any) (ast.Node, error) {
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		return nil, syntaxError(path, err)
	}
	if len(file.Docs) != 1 || file.Docs[0].Body == nil {
		return nil, &Error{File: path, Line: 1, Column: 1, Problem: fmt.Sprintf("holds %d YAML documents; want exactly one with the keys study, model, device ...", len(file.Docs))}
	}
	root := file.Docs[0].Body
	var value any
	if err := yaml.NodeToValue(root, &value); err != nil {
		return nil, syntaxError(path, err)
	}
	sch, err := schema()
	if err != nil {
		return nil, err
	}
	if err := sch.Validate(jsonValue(value)); err != nil {
		var invalid *jsonschema.ValidationError
		if !errors.As(err, &invalid) {
			return nil, fmt.Errorf("validate %s: %w", path, err)
		}
		return nil, schemaError(path, root, invalid)
	}
	if err := yaml.NewDecoder(bytes.NewReader(text), yaml.Strict()).Decode(v); err != nil {
		return nil, syntaxError(path, err)
	}
	return root, nil
}

// studySchema is schema.json; inventorySchema is the same for a list of devices.
var (
	studySchema     = sync.OnceValues(func() (*jsonschema.Schema, error) { return compile("schema.json") })
	inventorySchema = sync.OnceValues(func() (*jsonschema.Schema, error) { return compile("devices.schema.json") })
)

// compile reads the embedded schemas; they may refer to each other.
func compile(name string) (*jsonschema.Schema, error) {
	compiler := jsonschema.NewCompiler()
	for _, file := range []string{"schema.json", "devices.schema.json"} {
		text, err := files.ReadFile(file)
		if err != nil {
			return nil, err
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", file, err)
		}
		if err := compiler.AddResource(file, doc); err != nil {
			return nil, fmt.Errorf("read %s: %w", file, err)
		}
	}
	return compiler.Compile(name)
}

// syntaxError takes line and column out of the YAML library's own errors.
func syntaxError(path string, err error) error {
	var y yaml.Error
	if !errors.As(err, &y) {
		return &Error{File: path, Problem: err.Error()}
	}
	e := &Error{File: path, Problem: y.GetMessage()}
	if t := y.GetToken(); t != nil && t.Position != nil {
		e.Line, e.Column = t.Position.Line, t.Position.Column
	}
	return e
}

// schemaError reports the deepest first violation at its place in the file.
func schemaError(path string, root ast.Node, v *jsonschema.ValidationError) error {
	for len(v.Causes) > 0 {
		v = v.Causes[0]
	}
	location := v.InstanceLocation
	problem := problemOf(v.ErrorKind)
	if k, ok := v.ErrorKind.(*kind.AdditionalProperties); ok {
		location = append(append([]string(nil), location...), k.Properties[0])
		problem = "unknown key"
		if allowed := allowedKeys(v.SchemaURL); len(allowed) > 0 {
			problem += "; allowed here: " + strings.Join(allowed, ", ")
		}
	}
	return place(path, root, location, problem)
}

// place makes an error with the line and column of a location.
func place(path string, root ast.Node, location []string, problem string) error {
	e := &Error{File: path, Key: dotted(location), Problem: problem}
	if node := find(root, location); node != nil {
		if p := node.GetToken().Position; p != nil {
			e.Line, e.Column = p.Line, p.Column
		}
	}
	return e
}

// allowedKeys lists the properties of the object schema at a location inside schema.json.
func allowedKeys(url string) []string {
	_, pointer, _ := strings.Cut(url, "#")
	text, err := files.ReadFile("schema.json")
	if err != nil {
		return nil
	}
	var node any
	if err := yaml.Unmarshal(text, &node); err != nil {
		return nil
	}
	for _, step := range strings.Split(strings.Trim(pointer, "/"), "/") {
		if step == "" {
			continue
		}
		m, ok := node.(map[string]any)
		if !ok {
			return nil
		}
		node = m[step]
	}
	m, _ := node.(map[string]any)
	properties, _ := m["properties"].(map[string]any)
	return sortedKeys(properties)
}

// find walks the YAML tree along a JSON pointer; for a mapping entry it gives the key's node. When the
// last step does not exist (a missing key), its parent is given.
func find(node ast.Node, location []string) ast.Node {
	for i, step := range location {
		switch n := node.(type) {
		case *ast.MappingNode:
			entry := entryOf(n.Values, step)
			if entry == nil {
				return node
			}
			if i == len(location)-1 {
				return entry.Key
			}
			node = entry.Value
		case *ast.MappingValueNode:
			if n.Key.GetToken().Value != step {
				return node
			}
			if i == len(location)-1 {
				return n.Key
			}
			node = n.Value
		case *ast.SequenceNode:
			index, err := strconv.Atoi(step)
			if err != nil || index >= len(n.Values) {
				return node
			}
			node = n.Values[index]
		default:
			return node
		}
	}
	return node
}

func entryOf(values []*ast.MappingValueNode, key string) *ast.MappingValueNode {
	for _, v := range values {
		if v.Key.GetToken().Value == key {
			return v
		}
	}
	return nil
}

func dotted(location []string) string {
	var b strings.Builder
	for _, step := range location {
		if _, err := strconv.Atoi(step); err == nil {
			fmt.Fprintf(&b, "[%s]", step)
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('.')
		}
		b.WriteString(step)
	}
	return b.String()
}
