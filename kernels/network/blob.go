package network

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"

	"github.com/rt3d-tune/rt3d-tune/kernels/cwriter"
	"github.com/rt3d-tune/rt3d-tune/kernels/pack"
	"github.com/rt3d-tune/rt3d-tune/model"
)

// The blob, little-endian:
//
//	 0  magic "RT3DBLOB"
//	 8  uint32 version
//	12  uint32 number of sections
//	16  32 bytes identity of the program (SHA-256 of the part of its C that does not name it)
//	48  uint64 total bytes
//	56  8 bytes 0
//	64  per section: uint64 offset from the start of the blob, uint64 bytes
//	..  sections, each 64-byte aligned
//
// A convolution's section is package pack's. A pointwise operation's is scale, then shift, one float
// per channel, padded with zeros to whole blocks.
const (
	blobMagic      = "RT3DBLOB"
	blobVersion    = 1
	blobFixedBytes = 64
	blobEntryBytes = 16
)

func (p *Plan) blobHeaderBytes() int { return blobFixedBytes + p.Sections*blobEntryBytes }

// identityOf is what ties a blob to the C that reads it.
func identityOf(body []byte) [sha256.Size]byte { return sha256.Sum256(body) }

// Identity is the hash by which a program and its blobs know each other. It depends on the graph's
// structure and the schedules, not on weights and masks.
func (p *Plan) Identity() ([sha256.Size]byte, error) {
	body, err := p.body()
	if err != nil {
		return [sha256.Size]byte{}, fmt.Errorf("identify program %q: %w", p.Name, err)
	}
	return identityOf(body), nil
}

// Pack gives the blob with the weights and masks of the plan's graph.
func (p *Plan) Pack() ([]byte, error) {
	identity, err := p.Identity()
	if err != nil {
		return nil, err
	}
	blob := make([]byte, p.blobHeaderBytes())
	copy(blob, blobMagic)
	le := binary.LittleEndian
	le.PutUint32(blob[8:], blobVersion)
	le.PutUint32(blob[12:], uint32(p.Sections))
	copy(blob[16:], identity[:])
	for _, s := range p.Steps {
		if s.Section < 0 {
			continue
		}
		section, err := p.packSection(s)
		if err != nil {
			return nil, fmt.Errorf("pack program %q: node %q: %w", p.Name, s.Name, err)
		}
		for len(blob)%alignment != 0 {
			blob = append(blob, 0)
		}
		entry := blob[blobFixedBytes+s.Section*blobEntryBytes:]
		le.PutUint64(entry, uint64(len(blob)))
		le.PutUint64(entry[8:], uint64(len(section)))
		blob = append(blob, section...)
	}
	le.PutUint64(blob[48:], uint64(len(blob)))
	return blob, nil
}

func (p *Plan) packSection(s *Step) ([]byte, error) {
	if c := s.Conv(); c != nil {
		return pack.Conv(s.Kernel, p.Info, fold(c, s.Affines))
	}
	return packAffine(s.Affines[0], p.Info.Lanes), nil
}

// fold multiplies the weights and the bias by the affines that follow the convolution, in float64.
// The graph's own weights stay as they are.
func fold(c *model.Conv, affines []*model.Affine) *model.Conv {
	if len(affines) == 0 {
		return c
	}
	folded := *c
	folded.Weight = make([]float32, len(c.Weight))
	folded.Bias = make([]float32, c.Filters)
	perFilter := len(c.Weight) / c.Filters
	for m := range c.Filters {
		scale, bias := 1.0, 0.0
		if c.Bias != nil {
			bias = float64(c.Bias[m])
		}
		for _, a := range affines {
			scale *= float64(a.Scale[m])
			bias = bias*float64(a.Scale[m]) + float64(a.Shift[m])
		}
		folded.Bias[m] = float32(bias)
		for i, v := range c.Weight[m*perFilter : (m+1)*perFilter] {
			folded.Weight[m*perFilter+i] = float32(float64(v) * scale)
		}
	}
	return &folded
}

func packAffine(a *model.Affine, lanes int) []byte {
	channels := affineFloats(len(a.Scale), lanes)
	section := make([]byte, 8*channels)
	for i := range a.Scale {
		binary.LittleEndian.PutUint32(section[4*i:], math.Float32bits(a.Scale[i]))
		binary.LittleEndian.PutUint32(section[4*(channels+i):], math.Float32bits(a.Shift[i]))
	}
	return section
}

// affineFloats is the number of scales (and of shifts) in a section: channels in whole blocks.
func affineFloats(channels, lanes int) int { return (channels + lanes - 1) / lanes * lanes }

func emitIdentity(w *cwriter.Writer, identity [sha256.Size]byte) {
	w.Line("/* Identity of the code below; a blob for it carries the same. */")
	w.Open("static const unsigned char identity[%d] = {", len(identity))
	for i := 0; i < len(identity); i += 16 {
		var line bytes.Buffer
		for k, b := range identity[i : i+16] {
			if k > 0 {
				line.WriteByte(' ')
			}
			fmt.Fprintf(&line, "0x%02x,", b)
		}
		w.Line("%s", line.String())
	}
	w.CloseWith("};")
	w.Line("")
}

func emitSectionLookup(w *cwriter.Writer) {
	w.Line("/* Section i of the blob: a table of (offset, bytes) follows the fixed header. */")
	w.Open("static const unsigned char *section(const unsigned char *blob, int i) {")
	w.Line("const uint64_t *table = (const uint64_t *)(const void *)(blob + %d);", blobFixedBytes)
	w.Line("return blob + table[2 * i];")
	w.Close()
	w.Line("")
}

// emitCheck writes check_blob: 0 when every byte that run reads is there and belongs here, otherwise
// the number of the check that failed.
func (p *Plan) emitCheck(e *emitter, w *cwriter.Writer) {
	w.Line("/* 1 not aligned or too short, 2 magic, 3 version, 4 another program's, 5 sections, 6 total bytes,")
	w.Line(" * 7 section outside the blob, 8 section damaged. */")
	w.Open("static int check_blob(const void *blob, size_t bytes) {")
	w.Line("const unsigned char *b = blob;")
	w.Line("uint32_t version, sections;")
	w.Line("uint64_t total;")
	w.Line("if ((uintptr_t)blob %% %d != 0 || bytes < %d) return 1;", alignment, p.blobHeaderBytes())
	w.Line("memcpy(&version, b + 8, 4);")
	w.Line("memcpy(&sections, b + 12, 4);")
	w.Line("memcpy(&total, b + 48, 8);")
	w.Line("if (memcmp(b, %q, 8) != 0) return 2;", blobMagic)
	w.Line("if (version != %d) return 3;", blobVersion)
	w.Line("if (memcmp(b + 16, identity, sizeof identity) != 0) return 4;")
	w.Line("if (sections != %d) return 5;", p.Sections)
	w.Line("if (total != bytes) return 6;")
	if p.Sections > 0 {
		w.Line("const uint64_t *table = (const uint64_t *)(const void *)(b + %d);", blobFixedBytes)
		w.Open("for (int i = 0; i < %d; ++i) {", p.Sections)
		w.Line("if (table[2 * i] %% %d != 0 || table[2 * i] > bytes || table[2 * i + 1] > bytes - table[2 * i]) return 7;", alignment)
		w.Close()
	}
	for _, s := range p.Steps {
		i := s.Section
		switch {
		case i < 0:
		case s.Conv() != nil:
			w.Line("if (%s_check(section(b, %d), (size_t)table[%d]) != 0) return 8;", e.symbols[s.Kernel], i, 2*i+1)
		default:
			w.Line("if (table[%d] != %d) return 8;", 2*i+1, 8*affineFloats(s.Out.C, p.Info.Lanes))
		}
	}
	w.Line("return 0;")
	w.Close()
	w.Line("")
}
