package training

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
)

// FromFile stands for a connection where completions came in a file.
const FromFile = "file"

// Bringing is what a file of completions would change, to be read before it is
// entered, or what it did change.
type Bringing struct {
	Name    string
	Track   Track
	Records int             // rows that could be read
	New     []people.Person // would be through with it
	Already int             // had completed it, or do not work here: nothing of theirs is touched
	Courses []CourseCount
	Faults  []RowFault
	Notes   []string
	Files   int // certificates sent along

	said []Enrolment
}

// CourseCount is a course of a file and how many rows name it.
type CourseCount struct {
	Course string
	Rows   int
}

// Preview says what a file of completions would change: CSV or XLSX, or a ZIP of
// one such list and the certificates it names. Nothing is changed.
func (s *Connections) Preview(ctx context.Context, who access.Actor, t Track, name string, data []byte, now time.Time) (Bringing, error) {
	if err := who.May(access.RecordTraining); err != nil {
		return Bringing{}, err
	}
	if !slices.Contains(Tracks(), t) {
		return Bringing{}, problem.Field("track", "Choose which training the completions are of.")
	}
	list, raw, files, err := unpack(name, data)
	if err != nil {
		return Bringing{}, err
	}
	sheet, err := ReadSheet(list, raw)
	if err != nil {
		return Bringing{}, err
	}
	wanted, roster, numbers, err := s.wantedNow(ctx, who.Org(), t, now)
	if err != nil {
		return Bringing{}, err
	}
	a := Assort(roster, numbers, sheet.Records, files, moment(now))
	out := Bringing{Name: name, Track: t, Records: len(sheet.Records), Faults: append(sheet.Faults, a.Faults...), Notes: sheet.Notes, Files: len(files), said: a.Said}
	for _, e := range a.Said {
		if p, ok := roster.Person(e.Person); ok && wanted[e.Person] {
			out.New = append(out.New, p)
		} else {
			out.Already++
		}
	}
	for _, r := range sheet.Records {
		i := slices.IndexFunc(out.Courses, func(c CourseCount) bool { return c.Course == r.Course })
		if i < 0 && len(out.Courses) < 20 {
			i, out.Courses = len(out.Courses), append(out.Courses, CourseCount{Course: r.Course})
		}
		if i >= 0 {
			out.Courses[i].Rows++
		}
	}
	slices.SortStableFunc(out.Faults, func(a, b RowFault) int { return a.Row - b.Row })
	return out, nil
}

// Import enters a file of completions. Entering it again changes nothing: who has
// completed the training is left alone.
func (s *Connections) Import(ctx context.Context, who access.Actor, t Track, name string, data []byte, now time.Time) (Bringing, Run, error) {
	if err := who.May(access.RecordTraining); err != nil {
		return Bringing{}, Run{}, err
	}
	b, err := s.Preview(ctx, who, t, name, data, now)
	if err != nil {
		return b, Run{}, err
	}
	taken, err := s.training.Take(ctx, who.Org(), Sync{Track: t, Connection: FromFile, Provider: "the file " + clipped(path.Base(name)), Account: who.Account(), Said: b.said}, now)
	if err != nil {
		return b, Run{}, err
	}
	r := Run{ID: newID(), By: who.Account(), BeganAt: moment(now), EndedAt: moment(now), Heard: b.Records + len(b.Faults), Completed: len(taken.Completed), Changed: len(taken.Changed), Mismatched: len(b.Faults), Note: name}
	for _, k := range taken.Refused {
		b.Notes = append(b.Notes, k.Reason)
	}
	return b, r, s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error { return insertRun(ctx, tx, who.Org(), r) })
}

// Limits of a ZIP of completions.
const (
	maxPacked      = 2000      // files
	maxUnpacked    = 200 << 20 // bytes in all
	maxCertificate = 5 << 20   // bytes of a certificate
)

// unpack takes the list and the certificates out of a ZIP; another file is the
// list itself. An XLSX is a ZIP too, and is left whole.
func unpack(name string, data []byte) (string, []byte, map[string][]byte, error) {
	if !bytes.HasPrefix(data, []byte("PK\x03\x04")) || strings.HasSuffix(strings.ToLower(name), ".xlsx") {
		return name, data, nil, nil
	}
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return "", nil, nil, problem.Field("file", name+" cannot be unpacked. Send the list as CSV, or pack it again.")
	}
	if slices.ContainsFunc(z.File, func(f *zip.File) bool { return f.Name == "[Content_Types].xml" }) {
		return name, data, nil, nil
	}
	if len(z.File) > maxPacked {
		return "", nil, nil, problem.Field("file", fmt.Sprintf("%s holds more than %d files. Split it.", name, maxPacked))
	}
	var list string
	var raw []byte
	files := map[string][]byte{}
	room := int64(maxUnpacked)
	for _, f := range z.File {
		base := strings.ToLower(path.Base(strings.ReplaceAll(f.Name, `\`, "/")))
		kind := path.Ext(base)
		if f.FileInfo().IsDir() || strings.HasPrefix(base, ".") || strings.HasPrefix(f.Name, "__MACOSX") {
			continue
		}
		isList := kind == ".csv" || kind == ".xlsx"
		if !isList && kind != ".pdf" {
			return "", nil, nil, problem.Field("file", fmt.Sprintf("%s holds %s. It may hold one list (CSV or XLSX) and certificates (PDF).", name, base))
		}
		most := min(room, int64(maxCertificate))
		if isList {
			most = min(room, int64(20<<20))
		}
		b, err := inflate(f, most)
		if err != nil {
			return "", nil, nil, problem.Field("file", fmt.Sprintf("%s in %s is too large or cannot be unpacked: a certificate has at most 5 MB, all files together 200 MB.", base, name))
		}
		room -= int64(len(b))
		switch {
		case isList && list != "":
			return "", nil, nil, problem.Field("file", name+" holds more than one list. Leave one CSV or XLSX in it.")
		case isList:
			list, raw = base, b
		case !bytes.HasPrefix(b, []byte("%PDF-")):
			return "", nil, nil, problem.Field("file", fmt.Sprintf("%s in %s is named like a PDF and is none.", base, name))
		default:
			files[base] = b
		}
	}
	if list == "" {
		return "", nil, nil, problem.Field("file", name+" holds no list. Put one CSV or XLSX into it that names the certificates.")
	}
	return list, raw, files, nil
}

func inflate(f *zip.File, most int64) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	b, err := io.ReadAll(io.LimitReader(r, most+1))
	if err == nil && int64(len(b)) > most {
		err = io.ErrShortBuffer
	}
	return b, err
}
