package reports

import (
	"fmt"
	"io"
	"sort"
	"strings"
)

var formats = map[string]func(io.Writer, *Report) error{"table": wide, "json": JSON, "csv": CSV, "md": Markdown, "html": HTML, "svg": SVG}

// Formats are the names that Write knows.
func Formats() []string {
	names := make([]string, 0, len(formats))
	for name := range formats {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// SVG writes the front as a picture that stands alone, for a README.
func SVG(w io.Writer, r *Report) error {
	_, err := w.Write(FrontPicture(r))
	return err
}

// wide is the table where no terminal bounds it.
func wide(w io.Writer, r *Report) error { return Table(w, r, 0) }

// Write writes the report in the named format.
func Write(w io.Writer, r *Report, format string) error {
	write, known := formats[format]
	if !known {
		return fmt.Errorf("write report: format %q: known are %s", format, strings.Join(Formats(), ", "))
	}
	return write(w, r)
}
