package sim

import (
	"encoding/json"
	"fmt"
	"math"
)

// format is in every simulated file, so that nothing else is taken for one.
const format = "rt3d-sim 1"

// Work is what one kernel has to do.
type Work struct {
	MACs  int64 `json:"macs"`
	Bytes int64 `json:"bytes"` // read and written in main memory
	// Efficiency is the share of a core's multiply-adds that the kernel reaches, above 0 up to 1.
	Efficiency float64 `json:"efficiency"`
}

// Program is a simulated program's blob: what it costs and what it answers.
type Program struct {
	Work []Work
	// Seed of the input to which Values are the outputs at Positions.
	Seed      uint64
	Positions []int
	Values    []float32
}

type programFile struct {
	Format    string   `json:"format"`
	Work      []Work   `json:"work"`
	Seed      uint64   `json:"seed"`
	Positions []int    `json:"positions"`
	Bits      []uint32 `json:"bits"` // of Values
}

type binaryFile struct {
	Format   string   `json:"format"`
	Target   string   `json:"target"`
	Programs []string `json:"programs"`
}

// Encode gives the blob.
func (p Program) Encode() ([]byte, error) {
	f := programFile{Format: format, Work: p.Work, Seed: p.Seed, Positions: p.Positions}
	for _, v := range p.Values {
		f.Bits = append(f.Bits, math.Float32bits(v))
	}
	return json.Marshal(f)
}

// EncodeBinary gives the binary that holds programs by name.
func EncodeBinary(target string, programs []string) ([]byte, error) {
	return json.Marshal(binaryFile{Format: format, Target: target, Programs: programs})
}

func decodeBinary(content []byte) (*binaryFile, error) {
	var f binaryFile
	if err := json.Unmarshal(content, &f); err != nil || f.Format != format {
		return nil, fmt.Errorf("it is no simulated program: a simulated phone executes no code")
	}
	return &f, nil
}

func decodeProgram(content []byte) (*Program, error) {
	var f programFile
	if err := json.Unmarshal(content, &f); err != nil || f.Format != format {
		return nil, fmt.Errorf("the blob is none of a simulated program")
	}
	p := &Program{Work: f.Work, Seed: f.Seed, Positions: f.Positions}
	for _, b := range f.Bits {
		p.Values = append(p.Values, math.Float32frombits(b))
	}
	if len(p.Values) != len(p.Positions) {
		return nil, fmt.Errorf("the blob has %d values at %d positions", len(p.Values), len(p.Positions))
	}
	for _, w := range p.Work {
		if w.Efficiency <= 0 || w.Efficiency > 1 || w.MACs < 0 || w.Bytes < 0 {
			return nil, fmt.Errorf("the blob has work that cannot be: %+v", w)
		}
	}
	return p, nil
}

// answers gives the outputs at positions; the error says what the program was not made to answer.
func (p *Program) answers(seed uint64, positions []int) ([]float32, error) {
	if seed != p.Seed && len(positions) > 0 {
		return nil, fmt.Errorf("this simulated program knows the answers to the input of seed %d only", p.Seed)
	}
	known := make(map[int]float32, len(p.Positions))
	for i, at := range p.Positions {
		known[at] = p.Values[i]
	}
	values := make([]float32, len(positions))
	for i, at := range positions {
		v, ok := known[at]
		if !ok {
			return nil, fmt.Errorf("this simulated program knows no answer at position %d", at)
		}
		values[i] = v
	}
	return values, nil
}
