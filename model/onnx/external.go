package onnx

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"

	pb "github.com/rt3d-tune/rt3d-tune/model/onnx/onnxpb"
)

// inline replaces the initializers' references to files in dir by what the files hold. A reference has a
// location, relative to the model, and perhaps an offset and a length in bytes (onnx.proto, external_data).
func inline(g *pb.GraphProto, dir string) error {
	files := map[string]*os.File{}
	defer func() {
		for _, f := range files {
			f.Close()
		}
	}()
	for _, t := range g.GetInitializer() {
		if t.GetDataLocation() != pb.TensorProto_EXTERNAL {
			continue
		}
		data, err := external(t, dir, files)
		if err != nil {
			return fmt.Errorf("tensor %q: %w", t.GetName(), err)
		}
		t.RawData, t.ExternalData, t.DataLocation = data, nil, nil
	}
	return nil
}

// external reads the bytes that one tensor refers to; files are those that are open already, by location.
func external(t *pb.TensorProto, dir string, files map[string]*os.File) ([]byte, error) {
	keys := map[string]string{}
	for _, e := range t.GetExternalData() {
		keys[e.GetKey()] = e.GetValue()
	}
	location := keys["location"]
	if !filepath.IsLocal(location) {
		return nil, fmt.Errorf("its values lie in %q: want a file in the model's folder", location)
	}
	f := files[location]
	if f == nil {
		var err error
		if f, err = os.Open(filepath.Join(dir, location)); err != nil {
			return nil, fmt.Errorf("its values lie in another file, to be kept beside the model: %w", err)
		}
		files[location] = f
	}
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("its values lie in %s: not a file", f.Name())
	}
	offset, err1 := number(keys["offset"], 0)
	length, err2 := number(keys["length"], info.Size()-offset)
	if err := errors.Join(err1, err2); err != nil {
		return nil, fmt.Errorf("its place in %s: %w", f.Name(), err)
	}
	if offset > info.Size() || length < 0 || length > info.Size()-offset {
		return nil, fmt.Errorf("bytes %d to %d of %s, which has %d: the file is cut off or not this model's", offset, offset+length, f.Name(), info.Size())
	}
	data := make([]byte, length)
	if _, err := io.ReadFull(io.NewSectionReader(f, offset, length), data); err != nil {
		return nil, fmt.Errorf("read %s: %w", f.Name(), err)
	}
	return data, nil
}

// number is a count of bytes, or what stands for none.
func number(text string, none int64) (int64, error) {
	if text == "" {
		return none, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("%q: want a number of bytes", text)
	}
	return n, nil
}
