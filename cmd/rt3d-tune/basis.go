package main

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
)

// sampledClips of the data go into its fingerprint, with their labels, evenly spread.
const sampledClips = 16

// basis is a hash of all that the quality of a pruned network depends on: the model, the recovery with its
// calibration clips, the data, what is measured on them; and where the networks run on the device, that too.
func (s *study) basis(modelHash string) (string, error) {
	h := sha256.New()
	facts := map[string]any{
		"model": modelHash, "objective": s.accuracy.Name(), "recover": s.config.Prune.Recover,
		"data": s.config.Data, "clips": s.clips.data.Len(), "taken": s.clips.skip, "seed": clipSeed,
	}
	if s.config.OnDevice() {
		facts["device"], facts["target"] = s.machine.facts.Fingerprint, s.machine.target.String()
	}
	text, err := json.Marshal(facts)
	if err != nil {
		return "", fmt.Errorf("identify what accuracy depends on: %w", err)
	}
	h.Write(text)
	add := func(clip []float32, label int) {
		// Writing to a hash does not fail, and both have a fixed size.
		_ = binary.Write(h, binary.LittleEndian, clip)
		_ = binary.Write(h, binary.LittleEndian, int64(label))
	}
	for _, clip := range s.clips.calibration {
		add(clip, 0)
	}
	n := min(sampledClips, s.clips.data.Len())
	for i := range n {
		clip, label, err := s.clips.data.Clip(i * s.clips.data.Len() / n)
		if err != nil {
			return "", fmt.Errorf("identify what accuracy depends on: %w", err)
		}
		add(clip, label)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
