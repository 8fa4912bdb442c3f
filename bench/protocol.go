package bench

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// job is one line for the runner's mode measure (kernels/runner/PROTOCOL.md).
type job struct {
	key, program, blob, nonce string
	seed                      uint64
	positions                 []int
	threads                   int
	cores                     []int
	timed                     string // run, or all: with load and store
	effort                    Effort
	warmMinNS, warmMaxNS      int64
	limitNS, dropNS, timeNS   int64
}

// line writes the job as the runner reads it.
func (j job) line() string {
	var b strings.Builder
	fmt.Fprintf(&b, "key=%s program=%s blob=%s nonce=%s seed=%d positions=%s threads=%d", j.key, j.program, j.blob, j.nonce,
		j.seed, joinInts(j.positions), j.threads)
	if len(j.cores) > 0 {
		fmt.Fprintf(&b, " cores=%s", joinInts(j.cores))
	}
	if j.effort.StepRounds > 0 {
		fmt.Fprintf(&b, " step_rounds=%d", j.effort.StepRounds)
	}
	if j.dropNS > 0 {
		fmt.Fprintf(&b, " drop_ns=%d", j.dropNS)
	}
	fmt.Fprintf(&b, " timed=%s min_samples=%d max_samples=%d min_batch_ns=%d max_ns=%d warm_min_ns=%d warm_max_ns=%d limit_ns=%d time_ns=%d\n",
		j.timed, j.effort.MinSamples, j.effort.MaxSamples, j.effort.MinBatch.Nanoseconds(), j.effort.MaxTime.Nanoseconds(),
		j.warmMinNS, j.warmMaxNS, j.limitNS, j.timeNS)
	return b.String()
}

func joinInts(values []int) string {
	text := make([]string, len(values))
	for i, v := range values {
		text[i] = strconv.Itoa(v)
	}
	return strings.Join(text, ",")
}

// event is one line that the runner wrote. Which fields are there depends on Event.
type event struct {
	Event string `json:"event"`
	Key   string `json:"key"`
	Nonce string `json:"nonce"`

	// hello
	Runner       string `json:"runner"`
	BinarySHA256 string `json:"binary_sha256"`
	ISA          string `json:"isa"`
	ISAMissing   bool   `json:"isa_missing"`
	Machine      string `json:"machine"`
	System       string `json:"system"`
	Cores        string `json:"cores"`

	// start
	BlobSHA256 string `json:"blob_sha256"`
	Pinned     bool   `json:"pinned"`

	// values
	Bits        string `json:"bits"`
	FirstNS     int64  `json:"first_ns"`
	FirstFaults int64  `json:"first_faults"`

	// step
	Part   string `json:"part"`
	Step   *int   `json:"step"`
	StepNS int64  `json:"step_ns"`

	// error
	Text  string `json:"text"`
	Cause string `json:"cause"`

	// result
	WarmNS            int64   `json:"warm_ns"`
	WarmStable        bool    `json:"warm_stable"`
	PeakGFLOPS        float64 `json:"peak_gflops"`
	PeakRSS           int64   `json:"peak_rss_bytes"`
	FirstOutputSHA256 string  `json:"first_output_sha256"`
	LastOutputSHA256  string  `json:"last_output_sha256"`

	// end
	Status     string `json:"status"`
	Signal     int    `json:"signal"`
	SignalName string `json:"signal_name"`
	BoundNS    int64  `json:"bound_ns"`

	sampleEvent
}

// sampleEvent is the evidence of one sample. What the device does not tell is nil.
type sampleEvent struct {
	Nanoseconds         float64 `json:"ns"`
	Batch               int     `json:"batch"`
	CoreBefore          *int    `json:"core_before"`
	CoreAfter           *int    `json:"core_after"`
	KHzBefore           *int    `json:"khz_before"`
	KHzAfter            *int    `json:"khz_after"`
	InvoluntarySwitches *int    `json:"nivcsw"`
	QueueNS             *int64  `json:"queue_ns"`
	CanaryNS            int64   `json:"canary_ns"`
	heat
}

// heat is what sample and hello tell of it.
type heat struct {
	MilliCelsius *int `json:"millicelsius"`
	Throttle     *int `json:"throttle"`
}

// values decodes the bits of float32 values.
func (e event) values() ([]float32, error) {
	raw, err := hex.DecodeString(e.Bits)
	if err != nil || len(raw)%4 != 0 {
		return nil, fmt.Errorf("decode values: %q is not a list of 8 hexadecimal digits each", e.Bits)
	}
	values := make([]float32, len(raw)/4)
	for i := range values {
		b := raw[4*i:]
		values[i] = math.Float32frombits(uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3]))
	}
	return values, nil
}

// readEvents hands each event to visit until the stream ends. The error names the line that is none.
func readEvents(r io.Reader, visit func(event)) error {
	lines := bufio.NewReader(r)
	for n := 1; ; n++ {
		line, err := lines.ReadString('\n')
		if err == io.EOF && line == "" {
			return nil
		}
		if err != nil && err != io.EOF {
			return fmt.Errorf("read what the runner says: %w", err)
		}
		if err == io.EOF { // the last line ends with a newline unless its writer died
			return nil
		}
		var e event
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			return fmt.Errorf("read what the runner says: line %d, %.80q: %w", n, line, err)
		}
		visit(e)
	}
}
