package web

import (
	"fmt"

	"github.com/toucan-grc/toucan/internal/training"
)

// courseSub says at the top what the training is.
func courseSub(p coursePage) string {
	if p.Reading.Setting.Method != training.Embedded {
		return p.Reading.Setting.Method.Label() + "; due " + p.Reading.Setting.Renewal.Words() + "."
	}
	return fmt.Sprintf("%d minutes in %s. %d%% of all %d questions are needed, and you can stop and go on whenever you like.", p.Course.Minutes, plural(len(p.Course.Lessons), "lesson", "lessons"), p.Course.PassMark, p.Of)
}

// courseDone says what was completed.
func courseDone(c training.Completion, course *training.Course) string {
	name := c.Course
	if course != nil && name == course.ID {
		name = course.Title
	}
	if c.Version != "" {
		name += ", version " + c.Version
	}
	if c.Score > 0 {
		name += fmt.Sprintf(", %d%% right", c.Score)
	}
	if !c.VoidAt.IsZero() {
		name += "; it does not count: it " + c.VoidWhy
	}
	if name == "" {
		name = c.Method.Label()
	}
	return name
}

func certWrong(p certificatePage) string {
	if p.Problem == nil {
		return ""
	}
	return p.Problem.Text
}

// certCourse names what a certificate is of.
func certCourse(p certificatePage) string {
	if p.Found.Version == "" {
		return p.Found.Course
	}
	return p.Found.Course + ", version " + p.Found.Version
}
