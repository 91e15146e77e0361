package web

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/device"
	"github.com/toucan-grc/toucan/internal/monitor"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/task"
)

// tasksPage is what the reader has to do: for an employee the only page there is.
type tasksPage struct {
	frame
	First, Rest []ownStep // Rest is folded away
	Minutes     int       // of all that is open and known
	Guess       bool      // of something open nobody can say how long it takes
	Done, Of    int       // checks of the reader that are in order, of those asked
	Known       bool      // the account is linked to an entry of the register
	Kept        []ownCheck
	Ended       []taskRow
	Next        string // what comes next when everything is done, or empty
	CanMail     bool   // a mail server is configured
	Wants       bool   // the reader gets reminders
	Setting     task.Setting
	ViewAll     bool
	Devices     []ownDevice // of the reader
	CanDevices  bool

	open int
}

// ownStep is one thing to do, in the order to do it.
type ownStep struct {
	taskRow
	N       int
	Minutes int
	Verb    string
	Parts   []ownStep // of several that stand together
}

// ownCheck is what the company sees of the reader for one check.
type ownCheck struct {
	Label string
	Cell  checkCell
	On    string // since when, when it is done
	Until string // until when it holds
}

const shownTasks = 8 // before the list folds

// getTasks shows them: GET /o/{org}/tasks.
func (s *Server) getTasks(w http.ResponseWriter, r *http.Request, who visitor) error {
	now := s.Now()
	list, err := s.Tasks.Mine(r.Context(), who.Actor, now)
	if err != nil {
		return err
	}
	p := tasksPage{CanMail: s.notices.CanMail(), ViewAll: who.Can(access.ViewTasks)}
	if p.Wants, err = s.Tasks.WantsMail(r.Context(), who.Actor); err != nil {
		return err
	}
	if p.Setting, err = s.Tasks.Setting(r.Context(), who.Actor); err != nil {
		return err
	}
	if err := s.ownSteps(r.Context(), who, list, &p); err != nil {
		return err
	}
	for _, t := range list.Ended {
		p.Ended = append(p.Ended, rowOf(who.Slug(), t, list))
	}
	row, known, err := s.Monitor.Mine(r.Context(), who.Actor, now)
	if err != nil {
		return err
	}
	if p.Known = known; known {
		p.kept(row, list.Today, list.Zone)
	}
	if p.CanDevices = known && who.Can(access.UseDevices); p.CanDevices {
		devices, err := s.Devices.Mine(r.Context(), who.Actor, now)
		if err != nil {
			return err
		}
		for _, d := range devices {
			if d.State != device.Retired {
				p.Devices = append(p.Devices, ownDeviceOf(d, now, list.Zone))
			}
		}
	}
	p.frame = s.frame(w, r, who, "tasks", "My tasks")
	return s.render(w, r, http.StatusOK, myTasks(p))
}

// ownSteps puts the open tasks in order and says how long they take. Several of a
// kind that are done alike stand together, where the most urgent of them would.
func (s *Server) ownSteps(ctx context.Context, who visitor, list task.List, p *tasksPage) error {
	minutes, err := s.minutes(ctx, who, list.Open)
	if err != nil {
		return err
	}
	var steps []ownStep
	at := map[string]int{} // by kind that is put together
	for _, t := range list.Open {
		place, known := taskPlaces[t.Kind]
		step := ownStep{taskRow: rowOf(who.Slug(), t, list), Minutes: minutes[t.ID], Verb: "Open"}
		if known {
			step.Verb, step.To = place.Verb, place.To(who.Slug(), t)
		}
		p.Minutes += step.Minutes
		p.Guess = p.Guess || step.Minutes == 0
		if i, ok := at[t.Kind]; ok && place.Many != "" {
			steps[i].Parts = append(steps[i].Parts, step)
			continue
		}
		at[t.Kind] = len(steps)
		steps = append(steps, step)
	}
	for i := range steps {
		steps[i].together()
		if steps[i].N = i + 1; i < shownTasks {
			p.First = append(p.First, steps[i])
		} else {
			p.Rest = append(p.Rest, steps[i])
		}
	}
	p.open = len(list.Open)
	return nil
}

// together makes one step of several of a kind; the first of them leads on.
func (t *ownStep) together() {
	if len(t.Parts) == 0 {
		return
	}
	first := *t
	first.Parts = nil
	t.Parts = append([]ownStep{first}, t.Parts...)
	t.Title = fmt.Sprintf(taskPlaces[t.Task.Kind].Many, len(t.Parts))
	t.Minutes = 0
	for _, x := range t.Parts {
		t.Minutes += x.Minutes
	}
}

// kept fills in what the company sees of the reader.
func (p *tasksPage) kept(row monitor.Row, today cadence.Date, zone *time.Location) {
	var next time.Time
	for _, x := range row.Standings() {
		if x.State == people.NotAsked || x.Check == people.LeavingCheck && x.State != people.Done {
			continue
		}
		c := ownCheck{Label: x.Check.Label(), Cell: cellOf(x, today)}
		if x.State == people.Done {
			if p.Done++; !x.Since.IsZero() {
				c.On = dayWords(cadence.DateOf(x.Since, zone))
			}
			if !x.Until.IsZero() {
				c.Until = dayWords(cadence.DateOf(x.Until.Add(-time.Microsecond), zone))
				if next.IsZero() || x.Until.Before(next) {
					next = x.Until
					p.Next = fmt.Sprintf("Next: %s, again after %s.", lowerFirst(x.Check.Label()), c.Until)
				}
			}
		}
		if x.State != people.Excluded && x.State != people.Paused {
			p.Of++
		}
		p.Kept = append(p.Kept, c)
	}
}

// Open is how much there is to do.
func (p tasksPage) Open() int { return p.open }

// Late is how much of it is overdue.
func (p tasksPage) Late() int {
	n := 0
	for _, list := range [][]ownStep{p.First, p.Rest} {
		for _, x := range list {
			if x.When == task.Overdue {
				n++
			}
		}
	}
	return n
}

// ownSub says at the top of the page how much there is and how long it takes.
func ownSub(p tasksPage) string {
	if p.Open() == 0 {
		return ""
	}
	out := plural(p.Open(), "thing to do", "things to do")
	switch {
	case p.Minutes == 0:
	case p.Guess:
		out += ", " + minuteWords(p.Minutes) + " of it reading and courses"
	default:
		out += ", " + minuteWords(p.Minutes) + " in all"
	}
	return out + ". The most urgent first."
}

// minuteWords is how long something takes, roughly.
func minuteWords(n int) string {
	switch {
	case n == 0:
		return ""
	case n == 1:
		return "about a minute"
	case n < 10:
		return fmt.Sprintf("about %d minutes", n)
	case n < 100:
		return fmt.Sprintf("about %d minutes", (n+2)/5*5)
	}
	return fmt.Sprintf("about %d hours", (n+30)/60)
}

// ring is the length of the finished part of a circle whose whole length is 100.
func ring(done, of int) string {
	if of == 0 {
		return "0 100"
	}
	n := done * 100 / of
	return fmt.Sprintf("%d %d", n, 100-n)
}
