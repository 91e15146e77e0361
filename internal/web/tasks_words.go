package web

import (
	"fmt"

	"github.com/toucan-grc/toucan/internal/task"
)

// dueMark is the mark of an urgency.
func dueMark(w task.When) string {
	switch w {
	case task.Overdue:
		return "bad"
	case task.Today:
		return "warn"
	case task.Soon:
		return "info"
	}
	return "unknown"
}

func reminderWords(s task.Setting) string {
	days := "on working days"
	if s.Weekends {
		days = "on any day"
	}
	return fmt.Sprintf("You are reminded by mail once a day at most, %s between %s and %s, when there is news.", days, hourWords(s.Hour), hourWords(task.QuietFrom))
}

// changeWords is a line of a task's history.
func changeWords(c task.Change) string {
	by := c.ByName
	if by == "" {
		by = "Toucan"
	}
	switch c.State {
	case task.Done:
		return by + " finished it." + said(c.Reason)
	case task.Cancelled:
		return by + " ended it." + said(c.Reason)
	}
	due := "with no last day"
	if c.Due.Known() {
		due = "due " + dayWords(c.Due)
	}
	return fmt.Sprintf("%s gave it to %s, %s.", by, c.Assignee, due)
}

func said(reason string) string {
	if reason == "" {
		return ""
	}
	return " " + reason
}

// agreeWords is what the button says that agrees to a text.
func agreeWords(p controlPage) string {
	if p.Waits == nil || len(p.Waits.Tiers) == p.Waits.Standing.Tier+1 && p.Waits.Standing.Need-p.Waits.Standing.Have == 1 {
		return "Agree, put it in force"
	}
	return "Agree"
}

func alikeHint(p personPage) string {
	if p.Account != "" || p.Alike == "" {
		return ""
	}
	return p.Alike + " signs in with the same e-mail address."
}

// ownProgressWords says how far somebody has come.
func ownProgressWords(p tasksPage) string {
	switch {
	case p.Done == 0:
		return "Welcome. Here is what there is to do."
	case p.Done >= p.Of:
		return "Almost nothing left."
	}
	return fmt.Sprintf("%d of %d done. Keep going.", p.Done, p.Of)
}

func endedMark(s task.State) string {
	if s == task.Done {
		return "good"
	}
	return "left"
}

func endedWords(t taskRow) string {
	if t.State == task.Done {
		return t.EndedOn
	}
	return string(t.State) + " " + t.EndedOn
}
