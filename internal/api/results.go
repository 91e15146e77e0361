package api

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/result"
)

// Report is what a program says of a test and a subject at one moment.
type Report struct {
	Test            string    `json:"test" maxLength:"400" doc:"Key of the test: lower-case letters, digits, dots and hyphens." example:"idp.mfa-enforced"`
	Subject         string    `json:"subject" maxLength:"1000" doc:"What was tested, such as a host or an account; a key of the sender's." example:"host-17"`
	State           string    `json:"state" maxLength:"100" doc:"pass, fail, not_applicable or could_not_tell." example:"pass"`
	Reason          string    `json:"reason,omitempty" maxLength:"2000" doc:"One line; not kept for pass." example:"3 accounts without a second factor"`
	At              time.Time `json:"at" doc:"When it was found."`
	ValidForMinutes int       `json:"valid_for_minutes,omitempty" minimum:"0" doc:"How long it may be relied on: somewhat longer than until the test runs again. This, or until."`
	Until           time.Time `json:"until,omitzero" doc:"Until when it may be relied on."`
}

// Reports is a batch.
type Reports struct {
	Results []Report `json:"results" minItems:"1" maxItems:"1000"`
}

// Pushed says what a batch did.
type Pushed struct {
	Batch       string `json:"batch,omitempty" doc:"Id of the batch in the log; absent when no state is known other than before."`
	Reports     int    `json:"reports"`
	Unchanged   int    `json:"unchanged" doc:"Series (a test and a subject) of which nothing else is known."`
	Extended    int    `json:"extended" doc:"Series that go on as they were."`
	Transitions int    `json:"transitions" doc:"Stretches of which something else is known than before."`
}

const resultsLimit = 6 << 20 // bytes of a batch

func pushResults(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InOnce
	Body Reports
}) (*oneOut[Pushed], error) {
	list := make([]result.Report, len(in.Body.Results))
	for n, r := range in.Body.Results {
		list[n] = result.Report{Test: r.Test, Subject: r.Subject, State: result.State(r.State), Reason: r.Reason, At: r.At, ValidFor: time.Duration(r.ValidForMinutes) * time.Minute, Until: r.Until}
	}
	p, err := s.Results.Push(ctx, who, list, s.Now())
	if err != nil {
		if field, ok := strings.CutSuffix(problem.Of(err).Field, ".valid_for"); ok {
			err = at("body."+field+".valid_for_minutes", err)
		}
		return nil, err
	}
	return single(Pushed(p), nil)
}

// Result is a stretch in which a test kept finding the same for a subject.
type Result struct {
	Test    string    `json:"test"`
	Subject string    `json:"subject"`
	State   string    `json:"state" enum:"pass,fail,not_applicable,could_not_tell,stale" doc:"stale: nothing was heard for longer than the last report may be relied on."`
	Reason  string    `json:"reason,omitempty"`
	From    time.Time `json:"from" doc:"The first report that found it."`
	To      time.Time `json:"to" doc:"Until when the last one that found it may be relied on; not part of it."`
	FiledAt time.Time `json:"filed_at" doc:"When Toucan first knew it."`
}

func resultOf(i result.Interval) Result {
	return Result{i.Test, i.Subject, string(i.State), i.Reason, i.From, i.To, i.FiledAt}
}

// Results is one page of results.
type Results struct {
	Items []Result `json:"items"`
	Next  string   `json:"next,omitempty" doc:"The cursor of the next page; absent on the last one."`
}

func listResults(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InPage
	Test  string `query:"test" maxLength:"100" doc:"Only those of this test."`
	State string `query:"state" enum:"pass,fail,not_applicable,could_not_tell,stale" doc:"Only those that are so now."`
	Text  string `query:"text" maxLength:"200" doc:"Only those with this in the key of the test or the subject."`
}) (*struct{ Body Results }, error) {
	which := fmt.Sprintf("results %q %q %q", in.Test, in.State, in.Text)
	after, err := in.after(which)
	if err != nil {
		return nil, err
	}
	f := result.Filter{State: result.State(in.State), Text: in.Text, After: after, Limit: in.Limit}
	if in.Test != "" {
		f.Tests = []string{in.Test}
	}
	page, err := s.Results.Latest(ctx, who, f, s.Now())
	if err != nil {
		return nil, err
	}
	out := &struct{ Body Results }{Results{Items: []Result{}}}
	for _, i := range page.Results {
		out.Body.Items = append(out.Body.Items, resultOf(i))
	}
	if page.Next != "" {
		out.Body.Next = nextCursor(which, page.Next)
	}
	return out, nil
}

// Timeline is what a test found over a stretch of time.
type Timeline struct {
	Items []Result `json:"items" doc:"By subject and time, cut to the stretch asked for. Nothing is said before the first report; later holes are stale."`
}

const longestTimeline = 5 * 366 * 24 * time.Hour

func getTimeline(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	Test    string    `query:"test" required:"true" maxLength:"100" example:"idp.mfa-enforced"`
	Subject string    `query:"subject" maxLength:"200" doc:"Left out: all subjects."`
	From    time.Time `query:"from" required:"true"`
	To      time.Time `query:"to" required:"true" doc:"Not part of the stretch."`
}) (*struct{ Body Timeline }, error) {
	if !in.To.After(in.From) || in.To.Sub(in.From) > longestTimeline {
		return nil, inQuery("to", problem.New(problem.Invalid, "The stretch has to end after it begins, and at most five years later."))
	}
	found, err := s.Results.Timeline(ctx, who, result.Window{Tests: []string{in.Test}, Subject: strings.TrimSpace(in.Subject), From: in.From, To: in.To})
	if err != nil {
		return nil, err
	}
	to := in.To
	if now := s.Now(); to.After(now) { // nobody knows what will be
		to = now
	}
	out := &struct{ Body Timeline }{Timeline{Items: []Result{}}}
	for len(found) > 0 {
		n := 1
		for n < len(found) && found[n].Subject == found[0].Subject {
			n++
		}
		for _, i := range result.Fill(found[:n], in.From, to) {
			out.Body.Items = append(out.Body.Items, resultOf(i))
		}
		found = found[n:]
	}
	return out, nil
}
