package sim

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/rt3d-tune/rt3d-tune/remote"
)

// errLinkBroke ends a process whose phone restarted or whose link broke under it.
var errLinkBroke = errors.New("link broke")

// Version is the runner's in the greeting.
const Version = "SIMULATED 2"

// process is one run of a simulated program; the phone's mu is held all the time.
type process struct {
	phone   *Phone
	command remote.Command
	content []byte
	out     io.Writer
	began   time.Duration
}

const startTime = 8 * time.Millisecond // of a process

func (r *process) run(ctx context.Context, input []byte) (remote.Result, error) {
	refuse := func(status int, format string, args ...any) (remote.Result, error) {
		_, err := fmt.Fprintf(r.command.Stderr, format+"\n", args...)
		return remote.Result{ExitCode: status}, err
	}
	binary, err := decodeBinary(r.content)
	if err != nil {
		return refuse(126, "%s: %v", r.command.Args[0], err)
	}
	args := r.command.Args[1:]
	r.phone.body.idle(startTime)
	switch {
	case len(args) > 0 && args[0] == "eval":
		return refuse(3, "a simulated phone computes no networks: evaluate on the host")
	case len(args) == 0 || args[0] != "measure" || len(args) != 1 && (len(args) != 3 || args[1] != "--nonce"):
		return refuse(2, "a simulated program knows: measure [--nonce N], not %q", args)
	}
	nonce := ""
	if len(args) == 3 {
		nonce = args[2]
	}
	if err := r.hello(binary, nonce); err != nil {
		return remote.Result{}, err
	}
	for line := range strings.Lines(string(input)) {
		if err := ctx.Err(); err != nil {
			return remote.Result{}, err
		}
		j, err := parseJob(line)
		if err != nil {
			return refuse(2, "%v", err)
		}
		if err := r.job(binary, j); err != nil {
			return remote.Result{}, err
		}
		if limit := r.command.Timeout; limit > 0 && r.phone.body.elapsed-r.began > limit {
			return remote.Result{TimedOut: true}, nil
		}
	}
	return remote.Result{}, nil
}

// say writes one event.
func (r *process) say(name string, fields map[string]any) error {
	fields["event"] = name
	line, err := json.Marshal(fields)
	if err != nil {
		return fmt.Errorf("write event %s: %w", name, err)
	}
	r.phone.tell()
	_, err = r.out.Write(append(line, '\n'))
	return err
}

func (r *process) hello(b *binaryFile, nonce string) error {
	ids, clusters := r.phone.spec.all()
	var cores []string
	for i, id := range ids {
		cores = append(cores, fmt.Sprintf("%d:%d", id, clusters[i].maxKHz))
	}
	return r.say("hello", map[string]any{"runner": Version, "nonce": nonce, "binary_sha256": hash(r.content), "isa": b.Target,
		"isa_missing": false, "machine": "aarch64", "system": "Linux SIMULATED", "cores": strings.Join(cores, ","),
		"millicelsius": int(r.phone.body.celsius * 1000), "throttle": r.phone.body.throttleStep()})
}

func hash(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// job is one line of the protocol.
type job struct {
	key, program, blob, nonce string
	seed                      uint64
	positions, cores          []int
	threads                   int
	minSamples, maxSamples    int
	stepRounds                int
	minBatch, most            time.Duration // of a sample; of warm-up and samples
	warmMin, warmMax          time.Duration
	limit, drop, time         time.Duration // of one execution, surely exceeded; of the job
}

func parseJob(line string) (job, error) {
	j := job{threads: 1, minSamples: 5, maxSamples: 20, minBatch: time.Millisecond, most: 2 * time.Second,
		warmMin: 20 * time.Millisecond, warmMax: time.Second, time: time.Minute}
	for _, field := range strings.Fields(line) {
		name, value, _ := strings.Cut(field, "=")
		var err error
		nanoseconds := func(d *time.Duration) {
			var n int64
			n, err = strconv.ParseInt(value, 10, 64)
			*d = time.Duration(n)
		}
		switch name {
		case "key":
			j.key = value
		case "program":
			j.program = value
		case "blob":
			j.blob = value
		case "nonce":
			j.nonce = value
		case "timed": // both are the same work here
		case "seed":
			j.seed, err = strconv.ParseUint(value, 10, 64)
		case "positions":
			j.positions, err = parseInts(value)
		case "cores":
			j.cores, err = parseInts(value)
		case "threads":
			j.threads, err = strconv.Atoi(value)
		case "min_samples":
			j.minSamples, err = strconv.Atoi(value)
		case "max_samples":
			j.maxSamples, err = strconv.Atoi(value)
		case "step_rounds":
			j.stepRounds, err = strconv.Atoi(value)
		case "min_batch_ns":
			nanoseconds(&j.minBatch)
		case "max_ns":
			nanoseconds(&j.most)
		case "warm_min_ns":
			nanoseconds(&j.warmMin)
		case "warm_max_ns":
			nanoseconds(&j.warmMax)
		case "limit_ns":
			nanoseconds(&j.limit)
		case "drop_ns":
			nanoseconds(&j.drop)
		case "time_ns":
			nanoseconds(&j.time)
		default:
			err = errors.New("no such field")
		}
		if err != nil {
			return j, fmt.Errorf("read job: %s: %w", field, err)
		}
	}
	return j, nil
}

func parseInts(list string) ([]int, error) {
	var values []int
	for _, word := range strings.Split(list, ",") {
		if word == "" {
			continue
		}
		v, err := strconv.Atoi(word)
		if err != nil {
			return nil, err
		}
		values = append(values, v)
	}
	return values, nil
}

// job runs one job with its fault, if it has one. The error is errLinkBroke or the writer's.
func (r *process) job(b *binaryFile, j job) error {
	fault := faultOf(r.phone.config, r.phone.jobs)
	r.phone.jobs++
	end := func(fields map[string]any) error {
		fields["key"] = j.key
		return r.say("end", fields)
	}
	fail := func(text string, cause error) error {
		if err := r.say("error", map[string]any{"key": j.key, "text": text, "cause": cause.Error()}); err != nil {
			return err
		}
		return end(map[string]any{"status": "failed"})
	}
	blob, ok := r.phone.files[path.Join(r.command.Dir, j.blob)]
	if !ok {
		return fail("read blob "+j.blob, errors.New("no such file"))
	}
	p, err := decodeProgram(blob.data)
	if err != nil {
		return fail("load program "+j.program, err)
	}
	values, err := p.answers(j.seed, j.positions)
	if err != nil {
		return fail("run program "+j.program, err)
	}
	if err := r.say("start", map[string]any{"key": j.key, "nonce": j.nonce, "blob_sha256": hash(blob.data), "pinned": len(j.cores) > 0}); err != nil {
		return err
	}
	switch fault {
	case Crash:
		return end(map[string]any{"status": "crash", "signal": 11, "signal_name": "SIGSEGV"})
	case Hang:
		r.phone.body.pass(j.time, r.clusterOf(j), 1)
		return end(map[string]any{"status": "timeout"})
	case Reboot:
		r.phone.restart()
		return errLinkBroke
	case Lost:
		r.phone.link++
		return errLinkBroke
	case Wrong:
		for i := range values {
			values[i] = values[i]*1.5 + 1
		}
	}
	var bits strings.Builder
	for _, v := range values {
		fmt.Fprintf(&bits, "%08x", math.Float32bits(v))
	}
	if err := r.say("values", map[string]any{"key": j.key, "bits": bits.String()}); err != nil {
		return err
	}
	return r.time(p, j, hash(blob.data))
}

// clusterOf is where the job's slowest thread runs: the cores that it is pinned to, or else any big one.
func (r *process) clusterOf(j job) int {
	slowest := len(r.phone.spec.clusters) - 1
	for i := range min(j.threads, len(j.cores)) {
		if c := r.phone.spec.clusterOf(j.cores[i]); c >= 0 && c < slowest {
			slowest = c
		}
	}
	return slowest
}
