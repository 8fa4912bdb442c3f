package accuracy

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// videoReader decodes clips by the programs ffmpeg and ffprobe, which know every container and codec.
type videoReader struct{ ffmpeg, ffprobe string }

func newVideoReader() (*videoReader, error) {
	var v videoReader
	for _, program := range []struct {
		name string
		path *string
	}{{"ffmpeg", &v.ffmpeg}, {"ffprobe", &v.ffprobe}} {
		path, err := exec.LookPath(program.name)
		if err != nil {
			return nil, fmt.Errorf("find %s: %w; install ffmpeg, or unpack the videos to frames (type: frames)", program.name, err)
		}
		*program.path = path
	}
	return &v, nil
}

// videoSuffixes are the files that are taken for clips where there is no list.
var videoSuffixes = []string{".avi", ".mp4", ".mkv", ".webm", ".mov", ".mpg", ".mpeg", ".m4v", ".3gp"}

func (*videoReader) find(root string) ([]string, error) {
	var clips []string
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !slices.Contains(videoSuffixes, strings.ToLower(filepath.Ext(path))) {
			return err
		}
		rel, err := filepath.Rel(root, path)
		clips = append(clips, rel)
		return err
	})
	return clips, err
}

func (v *videoReader) frames(path string, count int) ([]image.Image, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("%w: want a video file", err)
	}
	total, err := v.count(path)
	if err != nil {
		return nil, err
	}
	wanted := middles(total, count)
	decoded, err := v.decode(path, slices.Compact(slices.Clone(wanted)))
	if err != nil {
		return nil, err
	}
	images := make([]image.Image, 0, count)
	for _, i := range wanted {
		images = append(images, decoded[i])
	}
	return images, nil
}

// count decodes the video to count its frames: containers state a number that is often missing and
// sometimes wrong.
func (v *videoReader) count(path string) (int, error) {
	out, err := output(exec.Command(v.ffprobe, "-v", "error", "-select_streams", "v:0", "-count_frames",
		"-show_entries", "stream=nb_read_frames", "-of", "json", inputArgument(path)))
	if err != nil {
		return 0, fmt.Errorf("count frames: %w; want a video that ffprobe reads", err)
	}
	var probe struct {
		Streams []struct {
			Frames string `json:"nb_read_frames"`
		}
	}
	if err := json.Unmarshal(out, &probe); err != nil {
		return 0, fmt.Errorf("count frames: read what ffprobe printed: %w", err)
	}
	if len(probe.Streams) == 0 {
		return 0, errors.New("the file has no video stream")
	}
	n, err := strconv.Atoi(probe.Streams[0].Frames)
	if err != nil || n < 1 {
		return 0, errors.New("the clip is empty: no frame can be decoded")
	}
	return n, nil
}

// decode reads the frames at strictly increasing indices.
func (v *videoReader) decode(path string, indices []int) (map[int]image.Image, error) {
	terms := make([]string, len(indices))
	for i, n := range indices {
		terms[i] = fmt.Sprintf(`eq(n\,%d)`, n)
	}
	// Time stamps are renewed at the output's own rate, so that no frame is repeated or dropped to hold one.
	filter := "select=" + strings.Join(terms, "+") + ",setpts=N/25/TB"
	out, err := output(exec.Command(v.ffmpeg, "-v", "error", "-nostdin", "-i", inputArgument(path), "-map", "0:v:0",
		"-vf", filter, "-r", "25", "-f", "image2pipe", "-c:v", "ppm", "pipe:1"))
	if err != nil {
		return nil, fmt.Errorf("decode: %w; want a video that ffmpeg reads", err)
	}
	frames := map[int]image.Image{}
	r := bufio.NewReader(bytes.NewReader(out))
	for _, n := range indices {
		img, err := readPPM(r)
		if err != nil {
			return nil, fmt.Errorf("decode frame %d of the %d wanted: %w", len(frames)+1, len(indices), err)
		}
		frames[n] = img
	}
	if _, err := r.ReadByte(); err != io.EOF {
		return nil, fmt.Errorf("decode: more than the %d frames wanted", len(indices))
	}
	return frames, nil
}

// inputArgument keeps ffmpeg from taking a file name with a colon for a protocol.
func inputArgument(path string) string { return "file:" + path }

// output runs a program and puts what it complained about into the error.
func output(cmd *exec.Cmd) ([]byte, error) {
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %s", filepath.Base(cmd.Path), err, lastLine(complaint.String()))
	}
	return out, nil
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}

// readPPM reads one binary portable pixmap with 8 bits per colour.
func readPPM(r *bufio.Reader) (image.Image, error) {
	var w, h, maximum int
	if _, err := fmt.Fscanf(r, "P6\n%d %d\n%d\n", &w, &h, &maximum); err != nil {
		return nil, fmt.Errorf("read pixmap: %w", err)
	}
	if maximum != 255 || w < 1 || h < 1 {
		return nil, fmt.Errorf("read pixmap: %dx%d with values to %d: want 8 bits", w, h, maximum)
	}
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	row := make([]byte, 3*w)
	for y := range h {
		if _, err := io.ReadFull(r, row); err != nil {
			return nil, fmt.Errorf("read pixmap: %w", err)
		}
		for x := range w {
			out := img.Pix[img.PixOffset(x, y):]
			out[0], out[1], out[2], out[3] = row[3*x], row[3*x+1], row[3*x+2], 255
		}
	}
	return img, nil
}
