package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/api"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Evidence files evidence on a server, and lists it.
type Evidence struct {
	Add  EvidenceAdd  `cmd:"" help:"File evidence: one or several files, a link, or both."`
	List EvidenceList `cmd:"" help:"List evidence, the newest filed first."`
}

// EvidenceAdd files evidence.
type EvidenceAdd struct {
	Server      `embed:""`
	form        `embed:""`
	File        []string `arg:"" optional:"" type:"existingfile" help:"Files, of any kind and up to 2 GB each."`
	Title       string   `required:"" placeholder:"TEXT" help:"One line, shown in lists."`
	Kind        string   `required:"" placeholder:"KIND" help:"Kind of evidence, such as access-review-record."`
	Captured    string   `required:"" placeholder:"WHEN" help:"When the system was observed: a day of the organisation's calendar, such as 2026-03-01, or a moment, such as 2026-03-01T09:30:00Z."`
	Control     []string `placeholder:"CODE" help:"Control it is offered for; may be given several times."`
	Requirement []string `placeholder:"REF" help:"Requirement it is offered for directly, such as soc2-2017:CC6.1; may be given several times."`
	PeriodFrom  string   `placeholder:"DAY" help:"First day of the stretch it speaks of."`
	PeriodTo    string   `placeholder:"DAY" help:"Last day of that stretch."`
	ValidDays   int      `placeholder:"N" help:"How many days from its capture it may be relied on; left out: it never lapses."`
	Link        []string `placeholder:"URL" help:"Address it is at; may be given several times."`
	Note        string   `placeholder:"TEXT" help:"What a reader should know."`
	Collector   string   `placeholder:"NAME" help:"Program that captured it; left out: the person the token acts for."`
	Supersedes  string   `placeholder:"ID" help:"Evidence it corrects."`
	Request     string   `placeholder:"ID" help:"Request it answers."`
}

// Example implements exampler.
func (EvidenceAdd) Example() string {
	return "toucan evidence add review.pdf --control AC-04 --kind access-review-record --title 'Access review' --captured 2026-03-01 --org meridian"
}

// Run hashes the files, and then sends them. The key of the request follows from
// the content, so the same command again files nothing.
func (c *EvidenceAdd) Run(ctx context.Context, a *App) error {
	if len(c.File)+len(c.Link) == 0 {
		return problem.Field("file", "There is nothing to file. Name a file, or an address with --link.")
	}
	s, err := c.open(a)
	if err != nil {
		return err
	}
	item, err := c.item(ctx, s)
	if err != nil {
		return err
	}
	about, err := json.Marshal(item)
	if err != nil {
		return err
	}
	key := sha256.New()
	key.Write(about)
	sums := make([]string, len(c.File))
	for n, name := range c.File {
		if sums[n], err = hashFile(name); err != nil {
			return err
		}
		fmt.Fprintf(key, "\n%s %s", sums[n], filepath.Base(name))
	}
	e, before, err := s.file(ctx, about, c.File, hex.EncodeToString(key.Sum(nil)))
	if err != nil {
		return err
	}
	for n, f := range e.Files {
		if n < len(sums) && f.SHA256 != sums[n] {
			return problem.New(problem.Conflict, "%s changed while it was sent, so what was filed (%s) is not what it was before. Look at it, and file the file again when it is finished.", c.File[n], e.ID)
		}
	}
	return c.print(a, e, func(w io.Writer) {
		fmt.Fprintf(w, "%s: %s\t%s\n", pickWord(before, "Filed before, nothing new", "Filed"), e.ID, e.Title)
		for _, t := range e.Tags {
			fmt.Fprintf(w, "  for %s\n", tagWords(t))
		}
	})
}

// item is what the flags say.
func (c *EvidenceAdd) item(ctx context.Context, s *client) (api.NewEvidence, error) {
	item := api.NewEvidence{Controls: c.Control, EvidenceText: api.EvidenceText{Title: c.Title, Note: c.Note, Kind: c.Kind, ValidForDays: c.ValidDays, Supersedes: c.Supersedes, Request: c.Request}}
	var err error
	if item.CapturedAt, err = c.captured(ctx, s); err != nil {
		return item, err
	}
	if c.PeriodFrom != "" || c.PeriodTo != "" {
		if c.PeriodFrom == "" || c.PeriodTo == "" {
			return item, problem.Field("period-from", "A period has a first and a last day. Give both --period-from and --period-to, or neither.")
		}
		item.Period = &api.Days{From: c.PeriodFrom, To: c.PeriodTo}
	}
	for _, text := range c.Requirement {
		f, id, ok := strings.Cut(text, ":")
		if !ok || f == "" || id == "" {
			return item, problem.Field("requirement", fmt.Sprintf("%q names no requirement. Write framework and number with a colon between, such as soc2-2017:CC6.1.", text))
		}
		item.Requirements = append(item.Requirements, api.Ref{Framework: f, ID: id})
	}
	for _, address := range c.Link {
		item.Links = append(item.Links, api.EvidenceLink{URL: address})
	}
	if c.Collector != "" {
		item.Source, item.Collector = "agent", c.Collector
	}
	return item, nil
}

// captured reads a moment, or a day: it begins where the organisation is.
func (c *EvidenceAdd) captured(ctx context.Context, s *client) (time.Time, error) {
	if at, err := time.Parse(time.RFC3339, c.Captured); err == nil {
		return at.UTC(), nil
	}
	if _, err := time.Parse(time.DateOnly, c.Captured); err != nil {
		return time.Time{}, problem.Field("captured", fmt.Sprintf("%q is no day and no moment. Write 2026-03-01, or 2026-03-01T09:30:00Z.", c.Captured))
	}
	var o api.Organisation
	if _, err := s.get(ctx, "", nil, &o); err != nil {
		return time.Time{}, err
	}
	zone, err := time.LoadLocation(o.Zone)
	if err != nil {
		return time.Time{}, problem.New(problem.Invalid, "This machine does not know the time zone %s of the organisation. Give the moment instead, such as %sT09:30:00Z.", o.Zone, c.Captured)
	}
	at, err := time.ParseInLocation(time.DateOnly, c.Captured, zone)
	return at.UTC(), err
}

func hashFile(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", problem.Field("file", fmt.Sprintf("Cannot read %s: %v.", name, err))
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", problem.Field("file", fmt.Sprintf("Cannot read %s: %v.", name, err))
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// file sends a form with files as they are read; before says that it was filed
// by an earlier request.
func (c *client) file(ctx context.Context, about []byte, files []string, key string) (e api.Evidence, before bool, err error) {
	body, w := io.Pipe()
	form := multipart.NewWriter(w)
	go func() { w.CloseWithError(writeForm(form, about, files)) }()
	defer body.CloseWithError(io.ErrClosedPipe) // ends the writer when the server refuses before it read all
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+"/evidence", body)
	if err != nil {
		return e, false, err
	}
	r.Header.Set("Authorization", "Bearer "+c.token)
	r.Header.Set("Accept", "application/json")
	r.Header.Set("User-Agent", "toucan/"+c.version)
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.Header.Set("Idempotency-Key", key)
	long := &http.Client{CheckRedirect: c.http.CheckRedirect} // as long as it takes
	res, err := long.Do(r)
	if err != nil {
		return e, false, unreachable(c.base, err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return e, false, unreachable(c.base, err)
	}
	if res.StatusCode != http.StatusCreated {
		return e, false, refused(c.base, res, data)
	}
	if err := json.Unmarshal(data, &e); err != nil {
		return e, false, problem.New(problem.Invalid, "%s answers something else than a Toucan does. Check --server.", c.base)
	}
	return e, res.Header.Get("Idempotency-Replayed") == "true", nil
}

// writeForm writes what is said of the evidence, and then the files.
func writeForm(form *multipart.Writer, about []byte, files []string) error {
	part, err := form.CreateFormField("item")
	if err != nil {
		return err
	}
	if _, err := part.Write(about); err != nil {
		return err
	}
	for _, name := range files {
		if err := writeFile(form, name); err != nil {
			return err
		}
	}
	return form.Close()
}

func writeFile(form *multipart.Writer, name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	part, err := form.CreateFormFile("file", filepath.Base(name))
	if err != nil {
		return err
	}
	_, err = io.Copy(part, f)
	return err
}

func tagWords(t api.EvidenceTag) string {
	switch {
	case t.Requirement != nil:
		return t.Requirement.Framework + ":" + t.Requirement.ID
	case t.Code != "":
		return t.Code
	}
	return t.Control
}

// EvidenceList lists evidence.
type EvidenceList struct {
	Server  `embed:""`
	form    `embed:""`
	Control string `placeholder:"CODE" help:"Only what is offered for this control."`
	Kind    string `placeholder:"KIND" help:"Only evidence of this kind."`
	Review  string `placeholder:"WORD" help:"Only what is unreviewed, accepted or rejected."`
	State   string `placeholder:"STATE" help:"Only what is current, lapsed, untagged, superseded or erased."`
	Text    string `placeholder:"TEXT" help:"Only what has this in title, note or the name of a file."`
}

// Example implements exampler.
func (EvidenceList) Example() string { return "toucan evidence list --control AC-04 --org meridian" }

// Run lists it, all pages.
func (c *EvidenceList) Run(ctx context.Context, a *App) error {
	s, err := c.open(a)
	if err != nil {
		return err
	}
	list, err := every[api.Evidence](ctx, s, "/evidence", filled("control", c.Control, "kind", c.Kind, "review", c.Review, "state", c.State, "text", c.Text))
	if err != nil {
		return err
	}
	return c.print(a, list, func(w io.Writer) {
		for _, e := range list {
			tags := make([]string, len(e.Tags))
			for n, t := range e.Tags {
				tags[n] = tagWords(t)
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", e.ID, e.CapturedAt.Format(time.DateOnly), e.Kind, e.Review, e.Title, strings.Join(tags, ", "))
		}
	})
}
