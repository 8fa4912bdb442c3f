package configs

import (
	"fmt"
	"math/big"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// problemOf says what is wrong with a value and what is allowed in its place.
func problemOf(violation jsonschema.ErrorKind) string {
	switch k := violation.(type) {
	case *kind.Required:
		return "missing key " + strings.Join(k.Missing, ", ")
	case *kind.Type:
		return fmt.Sprintf("is %s; want %s", withArticle(k.Got), strings.Join(k.Want, " or "))
	case *kind.InvalidJsonValue: // YAML has numbers that JSON lacks
		return fmt.Sprintf("is %v; want a finite number", k.Value)
	case *kind.Enum:
		want := make([]string, len(k.Want))
		for i, w := range k.Want {
			want[i] = fmt.Sprint(w)
		}
		return fmt.Sprintf("is %v; want one of %s", k.Got, strings.Join(want, ", "))
	case *kind.Minimum:
		return outside(k.Got, "at least", k.Want)
	case *kind.Maximum:
		return outside(k.Got, "at most", k.Want)
	case *kind.ExclusiveMinimum:
		return outside(k.Got, "more than", k.Want)
	case *kind.ExclusiveMaximum:
		return outside(k.Got, "less than", k.Want)
	case *kind.MinItems:
		return fmt.Sprintf("has %d values; want at least %d", k.Got, k.Want)
	case *kind.MaxItems:
		return fmt.Sprintf("has %d values; want at most %d", k.Got, k.Want)
	case *kind.Pattern: // the schemas have patterns for durations only
		return fmt.Sprintf("is %q; want a duration such as 90s, 5m or 1h30m", k.Got)
	}
	return violation.LocalizedString(message.NewPrinter(language.English))
}

func outside(got *big.Rat, bound string, want *big.Rat) string {
	g, _ := got.Float64()
	w, _ := want.Float64()
	return fmt.Sprintf("is %v; want %s %v", g, bound, w)
}

func withArticle(noun string) string {
	if noun == "null" {
		return "empty"
	}
	if strings.ContainsRune("aeiou", rune(noun[0])) {
		return "an " + noun
	}
	return "a " + noun
}
