package evidence

import (
	"encoding/hex"
	"net/url"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/problem"
)

const (
	maxFiles = 50 // of one item
	maxLinks = 50
	maxTags  = 500
	longest  = 20 * 366 * 24 * time.Hour // an item may be valid for
)

// oldest is the first moment evidence may have been captured at; nothing that is
// still of use is older, and a year typed wrong is.
var oldest = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// checked returns the item as it is kept, or an Invalid problem about the first
// field at fault.
func (f Filing) checked(account string, now time.Time) (Item, error) {
	i := Item{ID: newID(), Kind: f.Kind, CapturedAt: moment(f.CapturedAt), FiledAt: now, FiledBy: account, Period: f.Period,
		ValidFor: f.ValidFor.Truncate(time.Microsecond), Source: f.Source, Collector: f.Collector, Version: f.Version, Supersedes: f.Supersedes}
	var err error
	if i.Title, err = db.Line("title", "The title", f.Title, 200); err != nil {
		return i, err
	}
	if i.Title == "" {
		return i, problem.Field("title", "Give the evidence a title, such as “Access review, March”.")
	}
	if i.Note, err = db.Prose("note", "The note", f.Note, 4000); err != nil {
		return i, err
	}
	if _, ok := control.Shipped().Kind(f.Kind); !ok {
		return i, problem.Field("kind", "Choose what kind of evidence this is, from the list.")
	}
	if err := i.checkTimes(now); err != nil {
		return i, err
	}
	if err := i.checkSource(); err != nil {
		return i, err
	}
	if i.Files, err = checkFiles(f.Files); err != nil {
		return i, err
	}
	if i.Links, err = checkLinks(f.Links); err != nil {
		return i, err
	}
	if len(i.Files)+len(i.Links) == 0 {
		return i, problem.Field("file", "There is nothing to look at yet. Add a file, or a link to where it is.")
	}
	if len(f.Key) > 200 {
		return i, problem.Field("key", "The key against filing twice has more than 200 characters. Shorten it.")
	}
	return i, nil
}

func (i *Item) checkTimes(now time.Time) error {
	switch {
	case i.CapturedAt.IsZero():
		return problem.Field("captured_at", "Say when it was captured: when the system was looked at, not when the file is sent.")
	case i.CapturedAt.After(now):
		return problem.Field("captured_at", "It cannot have been captured in the future. Check the day and the time.")
	case i.CapturedAt.Before(oldest):
		return problem.Field("captured_at", "It was captured before the year 2000. Check the year.")
	case i.ValidFor < 0 || i.ValidFor > longest:
		return problem.Field("valid_for", "Say for how long it may be relied on, up to 20 years; leave it empty if it never lapses.")
	case i.Period == cadence.Days{}:
		return nil
	case !i.Period.Known():
		return problem.Field("period", "The last day of the period lies before the first. Exchange the two, or leave both empty.")
	case i.Period.From < cadence.On(2000, time.January, 1):
		return problem.Field("period", "The period begins before the year 2000. Check the year.")
	case i.Period.To > cadence.DateOf(i.CapturedAt, time.UTC)+1: // a day more: the reader's zone may be ahead of UTC
		return problem.Field("period", "The period ends after the capture, so it cannot speak of all of it. Check the two dates.")
	}
	return nil
}

func (i *Item) checkSource() error {
	var err error
	switch i.Source {
	case "", Person:
		i.Source, i.Collector, i.Version = Person, i.FiledBy, ""
		return nil
	case Connector, Agent, System:
	default:
		return problem.Field("source", "Say what captured it: person, connector, agent or system.")
	}
	if i.Collector, err = db.Line("collector", "The name of the collector", i.Collector, 120); err != nil {
		return err
	}
	if i.Collector == "" {
		return problem.Field("collector", "Say which program captured it, such as “backup-report”.")
	}
	i.Version, err = db.Line("version", "The version of the collector", i.Version, 60)
	return err
}

func checkFiles(files []File) ([]File, error) {
	if len(files) > maxFiles {
		return nil, problem.Field("file", "One piece of evidence has at most 50 files. Pack them into an archive, or file several.")
	}
	var out []File
	for _, f := range files {
		name, err := cleanName(f.Name)
		if err != nil {
			return nil, err
		}
		if !isDigest(f.SHA256) {
			return nil, problem.Field("file", name+" was not sent whole. Send it again.")
		}
		out = append(out, File{Name: name, SHA256: f.SHA256})
	}
	return out, nil
}

func isDigest(s string) bool {
	b, err := hex.DecodeString(s)
	return err == nil && len(b) == 32 && s == strings.ToLower(s)
}

func checkLinks(links []Link) ([]Link, error) {
	if len(links) > maxLinks {
		return nil, problem.Field("links", "One piece of evidence has at most 50 links. File several.")
	}
	var out []Link
	for _, l := range links {
		text, err := db.Line("links", "The link", l.URL, 2000)
		if err != nil {
			return nil, err
		}
		u, err := url.Parse(text)
		if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil {
			return nil, problem.Field("links", "A link begins with https:// and holds no password. Copy it from the address bar.")
		}
		sum := strings.ToLower(strings.TrimSpace(l.SHA256))
		if sum != "" && !isDigest(sum) {
			return nil, problem.Field("links", "The SHA-256 beside a link has 64 hexadecimal digits. Copy it again, or leave it out.")
		}
		out = append(out, Link{text, sum})
	}
	return out, nil
}
