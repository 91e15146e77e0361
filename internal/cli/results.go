package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/toucan-grc/toucan/internal/api"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Results pushes results of tests to a server.
type Results struct {
	Push ResultsPush `cmd:"" help:"Push results of automated tests from a JSON file."`
}

// ResultsPush pushes results.
type ResultsPush struct {
	Server `embed:""`
	form   `embed:""`
	File   string `arg:"" help:"JSON file with a list of results, each with test, subject, state, at and valid_for_minutes; - reads the standard input."`
}

// Example implements exampler.
func (ResultsPush) Example() string { return "toucan results push results.json --org meridian" }

const (
	resultsFile  = 64 << 20 // bytes of a file of results
	resultsBatch = 1000     // results the server takes at once
)

// Run sends them in batches. Sending a file again changes nothing.
func (c *ResultsPush) Run(ctx context.Context, a *App) error {
	s, err := c.open(a)
	if err != nil {
		return err
	}
	list, err := c.read()
	if err != nil {
		return err
	}
	var sum api.Pushed
	for from := 0; from < len(list); from += resultsBatch {
		to := min(from+resultsBatch, len(list))
		var p api.Pushed
		if err := s.post(ctx, "/results", nil, api.Reports{Results: list[from:to]}, &p); err != nil {
			if from == 0 {
				return err
			}
			e := problem.Of(err)
			return problem.New(e.Code, "The first %d results were taken; of those from %d to %d, counted from there, none: %s", from, from+1, to, e.Text)
		}
		sum.Batch = p.Batch
		sum.Reports += p.Reports
		sum.Unchanged += p.Unchanged
		sum.Extended += p.Extended
		sum.Transitions += p.Transitions
	}
	return c.print(a, sum, func(w io.Writer) {
		fmt.Fprintf(w, "%d results: %d changes of state, %d go on as they were, %d say nothing new.\n", sum.Reports, sum.Transitions, sum.Extended, sum.Unchanged)
	})
}

// read takes a list, or an object with a list in results, as the API does.
func (c *ResultsPush) read() ([]api.Report, error) {
	in := io.Reader(os.Stdin)
	if c.File != "-" {
		f, err := os.Open(c.File)
		if err != nil {
			return nil, problem.Field("file", fmt.Sprintf("Cannot read %s: %v.", c.File, err))
		}
		defer f.Close()
		in = f
	}
	data, err := io.ReadAll(io.LimitReader(in, resultsFile+1))
	if err != nil {
		return nil, problem.Field("file", fmt.Sprintf("Cannot read %s: %v.", c.File, err))
	}
	if len(data) > resultsFile {
		return nil, problem.Field("file", fmt.Sprintf("%s is larger than %d MB. Split it.", c.File, resultsFile>>20))
	}
	var all api.Reports
	into := any(&all)
	if bytes.HasPrefix(bytes.TrimSpace(data), []byte("[")) {
		into = &all.Results
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return nil, problem.Field("file", fmt.Sprintf("%s is no list of results: %v.", c.File, err))
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, problem.Field("file", fmt.Sprintf("%s goes on after the list of results. Put all of them into one list.", c.File))
	}
	if len(all.Results) == 0 {
		return nil, problem.Field("file", c.File+" has no results in it.")
	}
	return all.Results, nil
}
