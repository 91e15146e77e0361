package web

import (
	"github.com/toucan-grc/toucan/internal/approval"
	"github.com/toucan-grc/toucan/internal/isms"
	"github.com/toucan-grc/toucan/internal/task"
)

func init() {
	taskPlaces[isms.TaskClimate] = taskPlace{"Climate", "Decide", "", func(slug string, _ task.Task) string { return orgPath(slug, "isms", "issues") + "#climate" }}
	taskPlaces[isms.TaskCare] = taskPlace{"Surroundings", "Look", "", func(slug string, t task.Task) string {
		part := "parties"
		if t.Subject.ID == string(isms.IssueRegister) {
			part = "issues"
		}
		return orgPath(slug, "isms", part)
	}}
	taskPlaces[isms.TaskMeasure] = taskPlace{"Objective", "Measure", "", func(slug string, t task.Task) string { return orgPath(slug, "isms", "objectives", t.Subject.ID) }}
	review := func(slug string, t task.Task) string { return orgPath(slug, "isms", "reviews", t.Subject.ID) }
	taskPlaces[isms.TaskPack] = taskPlace{"Management review", "Prepare", "", review}
	taskPlaces[string(approval.ReviewMinutes)+".approve"] = taskPlace{"Minutes", "Read", "", review}
}
