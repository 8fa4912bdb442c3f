package accuracy

import (
	"context"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/rt3d-tune/rt3d-tune/model"
)

// sumOfProducts prints Σ output[first value]·clip number + Σ labels, and the shapes to standard error, with
// nothing but Python's standard library.
const sumOfProducts = `
import ast, struct, sys
def load(path):
    data = open(path, "rb").read()
    size, = struct.unpack("<H", data[8:10])
    header = ast.literal_eval(data[10:10 + size].decode())
    kind = {"<f4": "f", "<i8": "q"}[header["descr"]]
    body = data[10 + size:]
    return header["shape"], struct.unpack("<%d%s" % (len(body) // struct.calcsize(kind), kind), body)
*outputs, labels, clips = sys.argv[1:]
(_, labels), (_, clips) = load(labels), load(clips)
total = sum(labels)
for path in outputs:
    shape, values = load(path)
    print("shape", shape, file=sys.stderr)
    row = len(values) // shape[0]
    total += sum(values[i * row] * clip for i, clip in enumerate(clips))
print("judged", len(clips), "clips")
print(total)
`

func metricOn(t *testing.T, script string, timeout time.Duration) *MetricEvaluator {
	t.Helper()
	e, err := NewMetric(labelled{40}, &scaled{factor: 1}, Metric{Command: []string{"python3", "-c", script, Outputs, Labels, Clips}, Timeout: timeout, Dir: t.TempDir()}, Options{Seed: 3, Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestMetricGetsOutputsLabelsAndClips(t *testing.T) {
	e := metricOn(t, sumOfProducts, 0)
	if e.Name() != "metric" || e.Clips() != 40 {
		t.Errorf("%s on %d clips", e.Name(), e.Clips())
	}
	one := &model.Graph{Name: "one", Output: model.Value{Name: "y", Dims: []int{1, 3}}}
	two := &model.Graph{Name: "two", Output: model.Value{Name: "y", Dims: []int{1, 3}},
		Outputs: []model.Value{{Name: "a", Dims: []int{1, 1}}, {Name: "b", Dims: []int{1, 2, 1}}}}
	for _, n := range []int{0, 7} {
		want := map[*model.Graph]float64{}
		for i := range e.Clips() {
			if n > 0 && i >= n {
				break
			}
			clip := e.clips.order[i]
			values, label, err := labelled{40}.Clip(clip)
			if err != nil {
				t.Fatal(err)
			}
			want[one] += float64(label) + float64(values[0])*float64(clip)
			want[two] += float64(label) + float64(values[0]+values[1])*float64(clip)
		}
		for g, w := range want {
			got, err := e.Measure(context.Background(), g, nil, n)
			if err != nil || math.Abs(got-w) > 1e-6 {
				t.Errorf("%s on %d clips: %v, %v; want %v", g.Name, n, got, err, w)
			}
		}
	}
}

func TestMetricThatIsNoneIsAnError(t *testing.T) {
	g := &model.Graph{Name: "net", Output: model.Value{Name: "y", Dims: []int{1, 3}}}
	for script, want := range map[string]string{
		`print("nan")`:         `printed "nan" last; want a finite number`,
		`print(1); print("%")`: `printed "%" last`,
		``:                     `printed "" last`,
		`import sys; sys.exit("truth.npy is missing")`: "exit status 1; its last words:\ntruth.npy is missing",
		`import time; time.sleep(60)`:                  "took longer than data.metric.timeout, 300ms",
	} {
		timeout := time.Duration(0)
		if strings.Contains(script, "sleep") {
			timeout = 300 * time.Millisecond
		}
		_, err := metricOn(t, script, timeout).Measure(context.Background(), g, nil, 4)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "measure metric of net") {
			t.Errorf("%s: %v; want %q", script, err, want)
		}
	}
	for _, m := range []Metric{{}, {Command: []string{"judge", "--labels", Labels}}} {
		if _, err := NewMetric(labelled{4}, &scaled{}, m, Options{}); err == nil {
			t.Errorf("command %v was taken", m.Command)
		}
	}
}
