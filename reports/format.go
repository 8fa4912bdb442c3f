package reports

import (
	"fmt"
	"math"
	"strings"
	"unicode"

	"github.com/rt3d-tune/rt3d-tune/results"
)

// quality writes accuracy in per cent; fidelity and metrics, which are no shares of anything, as they are.
func (r *Report) quality(v float64) string {
	if r.Objective == results.Accuracy {
		return fmt.Sprintf("%.2f", 100*v)
	}
	return fmt.Sprintf("%.4f", v)
}

// qualityUnit follows quality: a column's heading says it once.
func (r *Report) qualityUnit() string {
	if r.Objective == results.Accuracy {
		return "accuracy %"
	}
	return string(r.Objective)
}

// change writes a difference of quality with its sign: in points for accuracy.
func (r *Report) change(v *float64) string {
	if v == nil {
		return "–"
	}
	if r.Objective == results.Accuracy {
		return signed(100**v, 2)
	}
	return signed(*v, 4)
}

func (r *Report) changeUnit() string {
	if r.Objective == results.Accuracy {
		return "change, points"
	}
	return "change"
}

// signed writes a number with a true minus sign; what rounds to zero has none.
func signed(v float64, digits int) string {
	text := fmt.Sprintf("%+.*f", digits, v)
	if strings.Trim(text, "+-0.") == "" {
		return strings.TrimLeft(text, "+-")
	}
	return strings.Replace(text, "-", "−", 1)
}

// milliseconds keeps four significant digits.
func milliseconds(v float64) string {
	digits := 3 - int(math.Floor(math.Log10(math.Max(v, 1e-6))))
	return fmt.Sprintf("%.*f", min(max(digits, 0), 6), v)
}

func optionalMS(v *float64) string {
	if v == nil {
		return "–"
	}
	return milliseconds(*v)
}

// interval writes both ends with the digits of the value between them.
func interval(v float64, i Interval) string {
	digits := min(max(3-int(math.Floor(math.Log10(math.Max(v, 1e-6)))), 0), 6)
	return fmt.Sprintf("%.*f … %.*f", digits, i.Low, digits, i.High)
}

func (r *Report) qualityInterval(p *Point) string {
	if p.QualityInterval == nil {
		return "–"
	}
	return fmt.Sprintf("%.1f … %.1f", 100*p.QualityInterval.Low, 100*p.QualityInterval.High)
}

func times(v *float64) string {
	if v == nil {
		return "–"
	}
	return fmt.Sprintf("%.2f×", *v)
}

// count writes large counts with the unit that leaves one to three digits before the point.
func count(n int64) string {
	v := float64(n)
	for _, unit := range []string{"", " k", " M", " G"} {
		if math.Abs(v) < 999.5 || unit == " G" {
			if unit == "" {
				return fmt.Sprintf("%.0f", v)
			}
			return fmt.Sprintf("%.3g%s", v, unit)
		}
		v /= 1000
	}
	panic("unreachable")
}

// duration writes seconds as people say them.
func duration(seconds float64) string {
	switch {
	case seconds < 1:
		return fmt.Sprintf("%.0f ms", 1000*seconds)
	case seconds < 99.95:
		return fmt.Sprintf("%.1f s", seconds)
	case seconds < 3600:
		whole := int(math.Round(seconds))
		return fmt.Sprintf("%d min %02d s", whole/60, whole%60)
	}
	minutes := int(math.Round(seconds / 60))
	return fmt.Sprintf("%d h %02d min", minutes/60, minutes%60)
}

// group writes a scheme with its group size.
func group(l results.Layer) string {
	if !pruned(l) {
		return "dense"
	}
	text := l.Scheme
	if l.GM != 0 {
		text = fmt.Sprintf("%s %d×%d", l.Scheme, l.GM, l.GN)
	}
	if l.Reordered {
		text += " reordered"
	}
	return text
}

// printable keeps names from moving the cursor or breaking lines.
func printable(text string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsControl(c) || unicode.Is(unicode.Bidi_Control, c) {
			return '�'
		}
		return c
	}, text)
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
