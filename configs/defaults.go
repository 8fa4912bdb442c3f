package configs

import (
	"sort"
	"time"

	"github.com/rt3d-tune/rt3d-tune/compare"
)

// setDefaults fills what the file leaves out. The values are documented in docs/configuration.md.
func (c *Config) setDefaults() {
	orString(&c.Target.ISA, "auto")
	orString(&c.Target.DType, "fp32")
	orString(&c.Target.Compiler, "auto")
	orInt(&c.Target.Threads, 1)
	orString(&c.Target.LinearWeights, "fp32")
	orInt(&c.Calibration.Clips, 64)
	orString(&c.Prune.Recover, "batchnorm")
	if len(c.Prune.Schemes) == 0 {
		c.Prune.Schemes = []string{"kgs"}
	}
	if len(c.Prune.Groups) == 0 {
		c.Prune.Groups = [][2]int{{8, 4}}
	}
	if len(c.Prune.Rates) == 0 {
		c.Prune.Rates = []float64{.2, .35, .5, .65, .8}
	}
	if c.Data != nil {
		orString(&c.Data.On, map[bool]string{true: "device", false: "host"}[c.OnDevice()])
	}
	orString(&c.Search.Reorder, "auto")
	orString(&c.Search.Kernels.Strategy, "tpe")
	orString(&c.Search.Models.Strategy, "predicted")
	if len(c.Search.Kernels.Densities) == 0 {
		c.Search.Kernels.Densities = []float64{1, .5, .25}
	}
	orInt(&c.Search.Models.SensitivityClips, 500)
	orInt(&c.Search.Playoff.Rounds, 6)
	if c.Search.Trials == 0 && c.Search.Wall == 0 {
		c.Search.Wall = 30 * time.Minute
	}
	if c.Refine != nil {
		orInt(&c.Refine.Networks, 3)
		orFloat(&c.Refine.Loss, 0.2)
		orDuration(&c.Refine.Timeout, 2*time.Hour)
	}
	if c.CI.Rates == nil {
		c.CI.Rates = []float64{.5}
	}
	if len(c.CI.Layers) == 0 {
		c.CI.Layers = []string{"*"}
	}
	orInt(&c.CI.Pairs.First, compare.DefaultRule.First)
	orInt(&c.CI.Pairs.Most, compare.DefaultRule.Most)
	orFloat(&c.CI.Tolerance, compare.DefaultRule.Tolerance)
	orFloat(&c.CI.Margin, compare.DefaultRule.Margin)
	orFloat(&c.CI.Alpha, compare.DefaultRule.Alpha)
	orInt(&c.Measure.MinSamples, 10)
	orInt(&c.Measure.MaxSamples, 40)
	orDuration(&c.Measure.MinBatch, 5*time.Millisecond)
	orDuration(&c.Measure.MaxTime, 5*time.Second)
}

func orString(v *string, d string) {
	if *v == "" {
		*v = d
	}
}

func orInt(v *int, d int) {
	if *v == 0 {
		*v = d
	}
}

func orFloat(v *float64, d float64) {
	if *v == 0 {
		*v = d
	}
}

func orDuration(v *time.Duration, d time.Duration) {
	if *v == 0 {
		*v = d
	}
}

func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

// jsonValue turns what the YAML library yields into what the schema library takes: maps with string
// keys and float64, int64 or uint64 numbers stay as they are; nested maps and lists are converted.
func jsonValue(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			v[k] = jsonValue(e)
		}
		return v
	case []any:
		for i, e := range v {
			v[i] = jsonValue(e)
		}
		return v
	}
	return v
}
