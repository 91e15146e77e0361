package conformance

import (
	"context"
	"io"
	"maps"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/approval"
	"github.com/toucan-grc/toucan/internal/audit"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/device"
	"github.com/toucan-grc/toucan/internal/device/osquery"
	"github.com/toucan-grc/toucan/internal/device/source"
	"github.com/toucan-grc/toucan/internal/evidence"
	"github.com/toucan-grc/toucan/internal/finding"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/gap"
	"github.com/toucan-grc/toucan/internal/isms"
	"github.com/toucan-grc/toucan/internal/job"
	"github.com/toucan-grc/toucan/internal/joiner"
	"github.com/toucan-grc/toucan/internal/monitor"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/policy"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/report"
	"github.com/toucan-grc/toucan/internal/result"
	"github.com/toucan-grc/toucan/internal/risk"
	"github.com/toucan-grc/toucan/internal/standing"
	"github.com/toucan-grc/toucan/internal/system"
	"github.com/toucan-grc/toucan/internal/task"
	"github.com/toucan-grc/toucan/internal/trail"
	"github.com/toucan-grc/toucan/internal/training"
	"github.com/toucan-grc/toucan/internal/upload"
	"github.com/toucan-grc/toucan/internal/vendor"
)

// call is one store method that takes an actor, and what the actor must be
// allowed to do. The arguments are such that it succeeds, or fails for another
// reason than permission.
type call struct {
	needs access.Action // empty: every member
	do    func(context.Context, *house, access.Actor) error
}

var (
	sheet  = &people.Sheet{File: "people.csv", Entries: []people.Entry{{Row: 2, Person: people.Person{Name: "Imported", Email: "imported@one.test"}}}}
	plan   = crosswalk.ImportPlan{File: "controls.csv", Rows: []crosswalk.ImportRow{{Control: control.Control{Code: "IM-1", Title: "Imported"}}}}
	annexA = framework.Ref{Framework: "iso27001-2022", ID: "A.7.1"}
)

// calls names every method of every store that takes an actor; a test below
// fails when one is missing.
var calls = map[string]call{
	"provider.Connect": {access.ManageTraining, func(ctx context.Context, h *house, who access.Actor) error {
		_, _, err := h.connections.Connect(ctx, who, training.NewConnection{Kind: training.Webhook, Name: string(who.Role())}, now)
		return err
	}},
	"provider.Reopen": {access.ManageTraining, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.connections.Reopen(ctx, who, "none", "", "secret", now)
		return err
	}},
	"provider.Disconnect": {access.ManageTraining, func(ctx context.Context, h *house, who access.Actor) error {
		return h.connections.Disconnect(ctx, who, "none", now)
	}},
	"provider.Select": {access.ManageTraining, func(ctx context.Context, h *house, who access.Actor) error {
		return h.connections.Select(ctx, who, "none", training.Security, nil, now)
	}},
	"provider.Order": {access.ManageTraining, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.connections.Order(ctx, who, "none", now)
		return err
	}},
	"provider.All": {access.ManageTraining, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.connections.All(ctx, who)
		return err
	}},
	"provider.Find": {access.ManageTraining, func(ctx context.Context, h *house, who access.Actor) error {
		_, _, err := h.connections.Find(ctx, who, "none", now)
		return err
	}},
	"provider.Probe": {access.ManageTraining, func(ctx context.Context, h *house, who access.Actor) error {
		_, _, err := h.connections.Probe(ctx, who, "none", now)
		return err
	}},
	"provider.Runs": {access.ManageTraining, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.connections.Runs(ctx, who, "none")
		return err
	}},
	"provider.Troubles": {access.ManageTraining, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.connections.Troubles(ctx, who, "none")
		return err
	}},
	"provider.Preview": {access.RecordTraining, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.connections.Preview(ctx, who, training.Security, "x.csv", []byte("email,completed_at\na@one.test,2026-03-01\n"), now)
		return err
	}},
	"provider.Import": {access.RecordTraining, func(ctx context.Context, h *house, who access.Actor) error {
		_, _, err := h.connections.Import(ctx, who, training.Security, "x.csv", []byte("email,completed_at\na@one.test,2026-03-01\n"), now)
		return err
	}},
	"training.Tracks": {access.OwnTasks, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.training.Tracks(ctx, who, now)
		return err
	}},
	"training.Settings": {access.ViewTraining, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.training.Settings(ctx, who, now)
		return err
	}},
	"training.Preview": {access.ManageTraining, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.training.Preview(ctx, who, training.Default(training.Security), now)
		return err
	}},
	"training.Change": {access.ManageTraining, func(ctx context.Context, h *house, who access.Actor) error {
		return h.training.Change(ctx, who, training.Default(training.Security), 0, now)
	}},
	"training.Reset": {access.RecordTraining, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.training.Reset(ctx, who, training.Asking{Track: training.Security, All: true, Reason: "Test"}, now)
		return err
	}},
	"training.KeepPaper": {access.OwnTasks, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.training.KeepPaper(ctx, who, "certificate.pdf", strings.NewReader("%PDF-1.4"), now)
		return err
	}},
	"training.File": {access.OwnTasks, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.training.File(ctx, who, training.Paper{Track: training.Security}, now)
		return err
	}},
	"training.HistoryOf": {access.ViewTraining, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.training.HistoryOf(ctx, who, "", now)
		return err
	}},
	"training.ProgressOf": {access.ViewTraining, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.training.ProgressOf(ctx, who, training.Security, training.Pick{}, now)
		return err
	}},
	"training.Reading": {access.OwnTasks, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.training.Reading(ctx, who, training.Security, now)
		return err
	}},
	"training.Begin": {access.OwnTasks, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.training.Begin(ctx, who, training.Security, now)
		return err
	}},
	"training.ReadLesson": {access.OwnTasks, func(ctx context.Context, h *house, who access.Actor) error {
		return h.training.ReadLesson(ctx, who, training.Security, "01-phishing-and-pretexting", now)
	}},
	"training.Answer": {access.OwnTasks, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.training.Answer(ctx, who, training.Security, "SA-01-Q1", []string{"c"}, now)
		return err
	}},
	"training.Certificate": {access.OwnTasks, func(ctx context.Context, h *house, who access.Actor) error {
		_, _, err := h.training.Certificate(ctx, who, "")
		return err
	}},
	"monitor.Board": {access.ViewPeople, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.monitor.Board(ctx, who, now)
		return err
	}},
	"monitor.Mine": {access.OwnTasks, func(ctx context.Context, h *house, who access.Actor) error {
		_, _, err := h.monitor.Mine(ctx, who, now)
		return err
	}},
	"monitor.Person": {access.ViewPeople, func(ctx context.Context, h *house, who access.Actor) error {
		_, _, err := h.monitor.Person(ctx, who, "none", now)
		return err
	}},
	"monitor.Sample": {access.ViewPeople, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.monitor.Sample(ctx, who, []string{"none"}, cadence.Days{From: 20_000, To: 20_100}, now)
		return err
	}},
	"monitor.Suggestions": {access.ViewPeople, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.monitor.Suggestions(ctx, who, now)
		return err
	}},
	"monitor.AssignSuggested": {access.AssignTests, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.monitor.AssignSuggested(ctx, who, now)
		return err
	}},
	"result.Push": {access.PushResults, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.results.Push(ctx, who, []result.Report{{Test: "own.test", Subject: string(who.Role()), State: result.Pass, At: now, ValidFor: time.Hour}}, now)
		return err
	}},
	"result.Checks": {access.ViewPosture, func(ctx context.Context, h *house, who access.Actor) error {
		return h.results.Checks(ctx, who, func(result.Row) error { return nil })
	}},
	"result.Timeline": {access.ViewResults, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.results.Timeline(ctx, who, result.Window{Tests: []string{"own.test"}, From: now, To: now.Add(time.Hour)})
		return err
	}},
	"result.Latest": {access.ViewResults, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.results.Latest(ctx, who, result.Filter{}, now)
		return err
	}},
	"result.Summaries": {access.ViewResults, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.results.Summaries(ctx, who, now)
		return err
	}},
	"result.Proofs": {access.ViewResults, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.results.Proofs(ctx, who, result.Window{Tests: []string{"own.test"}, From: now, To: now.Add(time.Hour)})
		return err
	}},
	"result.Disclosures": {access.ViewResults, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.results.Disclosures(ctx, who, []string{"none"})
		return err
	}},
	"result.Assign": {access.AssignTests, func(ctx context.Context, h *house, who access.Actor) error {
		return h.results.Assign(ctx, who, "own.test", "none", now)
	}},
	"result.Unassign": {access.AssignTests, func(ctx context.Context, h *house, who access.Actor) error {
		return h.results.Unassign(ctx, who, "own.test", "none", now)
	}},
	"result.Assignments": {access.ViewControls, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.results.Assignments(ctx, who)
		return err
	}},
	"result.Feeds": {access.ViewControls, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.results.Feeds(ctx, who, now)
		return err
	}},
	"joiner.Overview": {access.ViewJoiners, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.joiners.Overview(ctx, who, now)
		return err
	}},
	"joiner.Find": {access.OwnTasks, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.joiners.Find(ctx, who, "none", now)
		return err
	}},
	"joiner.FindByStep": {access.OwnTasks, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.joiners.FindByStep(ctx, who, "none", now)
		return err
	}},
	"joiner.Mine": {access.OwnTasks, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.joiners.Mine(ctx, who, now)
		return err
	}},
	"joiner.Settle": {access.OwnTasks, func(ctx context.Context, h *house, who access.Actor) error {
		return h.joiners.Settle(ctx, who, "none", joiner.Said{State: joiner.StepDone}, now)
	}},
	"joiner.Attach": {access.OwnTasks, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.joiners.Attach(ctx, who, "none", "a.txt", strings.NewReader("a"), now)
		return err
	}},
	"joiner.Begin": {access.ManageJoiners, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.joiners.Begin(ctx, who, "none", joiner.Joining, now)
		return err
	}},
	"joiner.Cancel": {access.ManageJoiners, func(ctx context.Context, h *house, who access.Actor) error {
		return h.joiners.Cancel(ctx, who, "none", "No longer needed.", now)
	}},
	"joiner.Checklist": {access.ViewJoiners, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.joiners.Checklist(ctx, who, now)
		return err
	}},
	"joiner.SaveStep": {access.ManageJoiners, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.joiners.SaveStep(ctx, who, joiner.Step{List: joiner.Joining, Title: "Welcome lunch", Doer: joiner.Line}, joiner.Effect{}, now)
		return err
	}},
	"joiner.RetireStep": {access.ManageJoiners, func(ctx context.Context, h *house, who access.Actor) error {
		return h.joiners.RetireStep(ctx, who, "ON-26", joiner.Effect{}, now)
	}},
	"joiner.Groups": {access.ViewJoiners, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.joiners.Groups(ctx, who)
		return err
	}},
	"joiner.Setting": {access.ViewJoiners, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.joiners.Setting(ctx, who, now)
		return err
	}},
	"joiner.Preview": {access.ManageJoiners, func(ctx context.Context, h *house, who access.Actor) error {
		_, _, _, err := h.joiners.Preview(ctx, who, joiner.Default(), now)
		return err
	}},
	"joiner.SetSetting": {access.ManageJoiners, func(ctx context.Context, h *house, who access.Actor) error {
		return h.joiners.SetSetting(ctx, who, joiner.Default(), now)
	}},
	"joiner.Population": {access.ViewJoiners, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.joiners.Population(ctx, who, joiner.Leaving, cadence.Days{From: today, To: today + 30}, now)
		return err
	}},
	"joiner.Record": {access.RecordBackground, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.joiners.Record(ctx, who, joiner.Background{Person: "none"}, now)
		return err
	}},
	"joiner.Records": {access.ViewBackground, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.joiners.Records(ctx, who, "none")
		return err
	}},
	"joiner.EraseRecord": {access.RecordBackground, func(ctx context.Context, h *house, who access.Actor) error {
		return h.joiners.EraseRecord(ctx, who, "none", "Time of retention over.", now)
	}},
	"trail.Leaves": {access.ViewLog, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.trail.Leaves(ctx, who, trail.Filter{}, 10)
		return err
	}},
	"trail.Proof": {access.ViewLog, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.trail.Proof(ctx, who, 0)
		return err
	}},
	"trail.ProofOf": {access.ViewLog, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.trail.ProofOf(ctx, who, "member.role", "none")
		return err
	}},
	"trail.Growth": {access.ViewLog, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.trail.Growth(ctx, who, 1, 2)
		return err
	}},
	"trail.Checkpoints": {access.ViewLog, func(ctx context.Context, h *house, who access.Actor) error {
		_, _, err := h.trail.Checkpoints(ctx, who, 0, 10)
		return err
	}},
	"trail.Checkpoint": {access.ViewLog, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.trail.Checkpoint(ctx, who, 1, 1)
		return err
	}},
	"trail.SignNow": {access.SignCheckpoints, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.trail.SignNow(ctx, who, now)
		return err
	}},
	"trail.Health": {access.ViewLog, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.trail.Health(ctx, who)
		return err
	}},
	"trail.Epochs": {access.ViewLog, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.trail.Epochs(ctx, who)
		return err
	}},
	"trail.NewEpoch": {access.ManageLog, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.trail.NewEpoch(ctx, who, "The folder was lost.", now)
		return err
	}},
	"trail.SetAnchor": {access.ManageLog, func(ctx context.Context, h *house, who access.Actor) error {
		_, _, err := h.trail.SetAnchor(ctx, who, trail.NewAnchor{Way: trail.Mail, Address: "auditor@firm.test", Days: 1}, now)
		return err
	}},
	"trail.RemoveAnchor": {access.ManageLog, func(ctx context.Context, h *house, who access.Actor) error {
		return h.trail.RemoveAnchor(ctx, who, "none", now)
	}},
	"trail.SendNow": {access.ManageLog, func(ctx context.Context, h *house, who access.Actor) error {
		return h.trail.SendNow(ctx, who, "none", now)
	}},
	"trail.Anchors": {access.ViewLog, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.trail.Anchors(ctx, who)
		return err
	}},
	"trail.Sendings": {access.ViewLog, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.trail.Sendings(ctx, who, 10)
		return err
	}},
	"trail.Policy": {access.ViewLog, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.trail.Policy(ctx, who)
		return err
	}},
	"access.Organisation": {"", func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.access.Organisation(ctx, who)
		return err
	}},
	"access.Zones": {"", func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.access.Zones(ctx, who)
		return err
	}},
	"standing.Open": {access.ViewPosture, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.standing().Open(ctx, who, now)
		return err
	}},
	"report.Compose": {access.ExportReports, func(ctx context.Context, h *house, who access.Actor) error {
		f, _ := crosswalk.Shipped().Frameworks.Find("soc2-2017")
		_, err := h.reports.Compose(ctx, who, report.Asked{Reading: standing.Reading{Framework: f}}, now)
		return err
	}},
	"report.Write": {access.ExportReports, func(ctx context.Context, h *house, who access.Actor) error {
		return h.reports.Write(ctx, who, &report.Bundle{}, io.Discard, now)
	}},
	"access.EditOrganisation": {access.ManageOrganisation, func(ctx context.Context, h *house, who access.Actor) error {
		return h.access.EditOrganisation(ctx, who, "New name "+string(who.Role()), "Europe/Berlin", now)
	}},
	"access.Members": {access.ViewMembers, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.access.Members(ctx, who)
		return err
	}},
	"access.Names": {"", func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.access.Names(ctx, who)
		return err
	}},
	"access.Able": {"", func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.access.Able(ctx, who, access.ApproveControls)
		return err
	}},
	"access.SetRole": {access.ManageMembers, func(ctx context.Context, h *house, who access.Actor) error {
		return h.access.SetRole(ctx, who, h.accounts[access.Viewer].ID, access.Employee, now)
	}},
	"access.RemoveMember": {access.ManageMembers, func(ctx context.Context, h *house, who access.Actor) error {
		return h.access.RemoveMember(ctx, who, h.accounts[access.Viewer].ID, now)
	}},
	"access.Invite": {access.ManageMembers, func(ctx context.Context, h *house, who access.Actor) error {
		_, _, err := h.access.Invite(ctx, who, "new@one.test", access.Viewer, now)
		return err
	}},
	"access.Invitations": {access.ViewMembers, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.access.Invitations(ctx, who, now)
		return err
	}},
	"access.RevokeInvitation": {access.ManageMembers, func(ctx context.Context, h *house, who access.Actor) error {
		return h.access.RevokeInvitation(ctx, who, "none", now)
	}},
	"access.CreateToken": {access.UseTokens, func(ctx context.Context, h *house, who access.Actor) error {
		_, _, err := h.access.CreateToken(ctx, who, access.NewToken{Name: "t", Scope: access.Grantable(who.Role()), ExpiresAt: now.Add(time.Hour)}, now)
		return err
	}},
	"access.Tokens": {access.UseTokens, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.access.Tokens(ctx, who, now)
		return err
	}},
	"access.AllTokens": {access.ManageMembers, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.access.AllTokens(ctx, who, now)
		return err
	}},
	"access.RevokeToken": {access.UseTokens, func(ctx context.Context, h *house, who access.Actor) error {
		return h.access.RevokeToken(ctx, who, "none", now)
	}},
	"people.Add": {access.ManagePeople, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.people.Add(ctx, who, people.Person{Name: "Somebody"}, now)
		return err
	}},
	"people.Edit": {access.ManagePeople, func(ctx context.Context, h *house, who access.Actor) error {
		return h.people.Edit(ctx, who, people.Person{ID: "none", Name: "Somebody"}, now)
	}},
	"people.Roster": {access.ViewPeople, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.people.Roster(ctx, who)
		return err
	}},
	"people.Exclude": {access.ExcludePeople, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.people.Exclude(ctx, who, people.Waiver{People: []string{"none"}, Check: people.AICheck, Reason: "A reason."}, now)
		return err
	}},
	"people.EndExclusions": {access.ExcludePeople, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.people.EndExclusions(ctx, who, []string{"none"}, now)
		return err
	}},
	"people.AddSpan": {access.ManagePeople, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.people.AddSpan(ctx, who, people.Span{Person: "none", Kind: people.Leave, From: 20_000}, now)
		return err
	}},
	"people.EndSpan": {access.ManagePeople, func(ctx context.Context, h *house, who access.Actor) error {
		return h.people.EndSpan(ctx, who, "none", 20_000, now)
	}},
	"people.End": {access.ManagePeople, func(ctx context.Context, h *house, who access.Actor) error {
		return h.people.End(ctx, who, "none", 20_000, now)
	}},
	"people.Return": {access.ManagePeople, func(ctx context.Context, h *house, who access.Actor) error {
		return h.people.Return(ctx, who, "none", 20_000, now)
	}},
	"people.HandBack": {access.ManagePeople, func(ctx context.Context, h *house, who access.Actor) error {
		return h.people.HandBack(ctx, who, "none", "title", now)
	}},
	"people.Detail": {access.ViewPeople, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.people.Detail(ctx, who, "none")
		return err
	}},
	"people.Erase": {access.ErasePeople, func(ctx context.Context, h *house, who access.Actor) error {
		return h.people.Erase(ctx, who, "none", "Asked for.", now)
	}},
	"people.PutGroup": {access.ManagePeople, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.people.PutGroup(ctx, who, people.Group{Label: "Group of " + string(who.Role())}, now)
		return err
	}},
	"people.CloseGroup": {access.ManagePeople, func(ctx context.Context, h *house, who access.Actor) error {
		return h.people.CloseGroup(ctx, who, "none", now)
	}},
	"people.AddMembers": {access.ManagePeople, func(ctx context.Context, h *house, who access.Actor) error {
		return h.people.AddMembers(ctx, who, "remote", []string{"none"}, now)
	}},
	"people.RemoveMember": {access.ManagePeople, func(ctx context.Context, h *house, who access.Actor) error {
		return h.people.RemoveMember(ctx, who, "remote", "none", now)
	}},
	"people.Memberships": {access.ViewPeople, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.people.Memberships(ctx, who, "remote")
		return err
	}},
	"roll.Confirm": {access.ManagePeople, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.roll.Confirm(ctx, who, "none", people.List{Source: people.HR}, now)
		return err
	}},
	"roll.Run": {access.ManagePeople, func(ctx context.Context, h *house, who access.Actor) error {
		return h.roll.Run(ctx, who, job.Task[people.ImportWork]{Report: func(string, int, int) {}, Say: func(string) {}}, now)
	}},
	"people.List": {access.ViewPeople, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.people.List(ctx, who)
		return err
	}},
	"people.Find": {access.ViewPeople, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.people.Find(ctx, who, "none")
		return err
	}},
	"people.LinkAccount": {access.ManagePeople, func(ctx context.Context, h *house, who access.Actor) error {
		return h.people.LinkAccount(ctx, who, "none", "none", now)
	}},
	"people.Accounts": {access.ViewPeople, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.people.Accounts(ctx, who)
		return err
	}},
	"evidence.Keep": {access.FileEvidence, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.evidence.Keep(ctx, who, "a.txt", strings.NewReader("content"), now)
		return err
	}},
	"evidence.File": {access.FileEvidence, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.evidence.File(ctx, who, evidence.Filing{Title: "Evidence", Kind: "backup-report", CapturedAt: now, Links: []evidence.Link{{URL: "https://example.com"}}}, now)
		return err
	}},
	"evidence.Find": {access.ViewEvidence, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.evidence.Find(ctx, who, "none")
		return err
	}},
	"evidence.Open": {access.ViewEvidence, func(ctx context.Context, h *house, who access.Actor) error {
		_, _, err := h.evidence.Open(ctx, who, "none", 0)
		return err
	}},
	"evidence.List": {access.ViewEvidence, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.evidence.List(ctx, who, evidence.Filter{}, now)
		return err
	}},
	"evidence.Counts": {access.ViewEvidence, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.evidence.Counts(ctx, who, now)
		return err
	}},
	"evidence.History": {access.ViewEvidence, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.evidence.History(ctx, who, "none")
		return err
	}},
	"evidence.Disclosures": {access.ViewEvidence, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.evidence.Disclosures(ctx, who, nil)
		return err
	}},
	"evidence.Reuse": {access.ViewEvidence, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.evidence.Reuse(ctx, who, "none", nil, cadence.Days{}, time.UTC, now)
		return err
	}},
	"evidence.Tag": {access.TagEvidence, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.evidence.Tag(ctx, who, []string{"none"}, evidence.Target{Requirements: []framework.Ref{annexA}}, now)
		return err
	}},
	"evidence.Untag": {access.TagEvidence, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.evidence.Untag(ctx, who, []string{"none"}, evidence.Target{Requirements: []framework.Ref{annexA}}, now)
		return err
	}},
	"evidence.Review": {access.ReviewEvidence, func(ctx context.Context, h *house, who access.Actor) error {
		return h.evidence.Review(ctx, who, "none", evidence.Accepted, "", now)
	}},
	"evidence.AskReview": {access.FileEvidence, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.evidence.AskReview(ctx, who, []string{"none"}, h.admin.ID, 0, now)
		return err
	}},
	"evidence.Erase": {access.EraseEvidence, func(ctx context.Context, h *house, who access.Actor) error {
		return h.evidence.Erase(ctx, who, "none", "Reason.", now)
	}},
	"evidence.Hold": {access.HoldEvidence, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.evidence.Hold(ctx, who, evidence.Held{Kind: "backup-report"}, "Proceedings", now)
		return err
	}},
	"evidence.Release": {access.HoldEvidence, func(ctx context.Context, h *house, who access.Actor) error {
		return h.evidence.Release(ctx, who, "none", "Settled.", now)
	}},
	"evidence.Holds": {access.ViewEvidence, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.evidence.Holds(ctx, who)
		return err
	}},
	"evidence.SetRetention": {access.ManageRetention, func(ctx context.Context, h *house, who access.Actor) error {
		return h.evidence.SetRetention(ctx, who, "backup-report", 24, now)
	}},
	"evidence.Retention": {access.ViewEvidence, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.evidence.Retention(ctx, who, now)
		return err
	}},
	"evidence.Expired": {access.ViewEvidence, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.evidence.Expired(ctx, who, now)
		return err
	}},
	"evidence.Ask": {access.RequestEvidence, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.evidence.Ask(ctx, who, evidence.Ask{Person: "none", Kind: "backup-report", DueOn: cadence.DateOf(now, time.UTC)}, now)
		return err
	}},
	"evidence.Requests": {access.ViewEvidence, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.evidence.Requests(ctx, who, evidence.RequestFilter{})
		return err
	}},
	"evidence.FindRequest": {access.ViewEvidence, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.evidence.FindRequest(ctx, who, "none")
		return err
	}},
	"evidence.Answer": {access.TagEvidence, func(ctx context.Context, h *house, who access.Actor) error {
		return h.evidence.Answer(ctx, who, "none", "none", now)
	}},
	"evidence.Settle": {access.RequestEvidence, func(ctx context.Context, h *house, who access.Actor) error {
		return h.evidence.Settle(ctx, who, "none", true, "", now)
	}},
	"evidence.Cancel": {access.RequestEvidence, func(ctx context.Context, h *house, who access.Actor) error {
		return h.evidence.Cancel(ctx, who, "none", "", now)
	}},
	"evidence.Proofs": {access.ViewPosture, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.evidence.Proofs(ctx, who, func(evidence.Proof) error { return nil })
		return err
	}},
	"evidence.ProofsSince": {access.ViewPosture, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.evidence.ProofsSince(ctx, who, 0)
		return err
	}},
	"task.Setting": {access.OwnTasks, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.tasks.Setting(ctx, who)
		return err
	}},
	"task.ChangeSetting": {access.ManageMail, func(ctx context.Context, h *house, who access.Actor) error {
		return h.tasks.ChangeSetting(ctx, who, task.Setting{Hour: 7}, now)
	}},
	"task.WantsMail": {access.OwnTasks, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.tasks.WantsMail(ctx, who)
		return err
	}},
	"task.WantMail": {access.OwnTasks, func(ctx context.Context, h *house, who access.Actor) error {
		return h.tasks.WantMail(ctx, who, true)
	}},
	"notices.Describe": {access.ManageMail, func(_ context.Context, h *house, who access.Actor) error {
		_, err := h.notices.Describe(who)
		return err
	}},
	"notices.List": {access.ManageMail, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.notices.List(ctx, who, 10)
		return err
	}},
	"notices.Retry": {access.ManageMail, func(ctx context.Context, h *house, who access.Actor) error {
		return h.notices.Retry(ctx, who, "none", now)
	}},
	"notices.Test": {access.ManageMail, func(ctx context.Context, h *house, who access.Actor) error {
		return h.notices.Test(ctx, who, now)
	}},
	"task.Mine": {access.OwnTasks, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.tasks.Mine(ctx, who, now)
		return err
	}},
	"task.MyCount": {access.OwnTasks, func(ctx context.Context, h *house, who access.Actor) error {
		_, _, err := h.tasks.MyCount(ctx, who, now)
		return err
	}},
	"task.List": {access.ViewTasks, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.tasks.List(ctx, who, task.Filter{}, now)
		return err
	}},
	"task.Find": {access.OwnTasks, func(ctx context.Context, h *house, who access.Actor) error {
		_, _, err := h.tasks.Find(ctx, who, "none")
		return err
	}},
	"task.Ask": {access.ManageTasks, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.tasks.Ask(ctx, who, h.assignee(access.Administrator), "Read the plan", 0, now)
		return err
	}},
	"task.Finish": {access.OwnTasks, func(ctx context.Context, h *house, who access.Actor) error {
		return h.tasks.Finish(ctx, who, "none", "", now)
	}},
	"task.Cancel": {access.ManageTasks, func(ctx context.Context, h *house, who access.Actor) error {
		return h.tasks.Cancel(ctx, who, "none", "No need.", now)
	}},
	"task.Reassign": {access.ManageTasks, func(ctx context.Context, h *house, who access.Actor) error {
		return h.tasks.Reassign(ctx, who, "none", h.assignee(access.Administrator), 0, now)
	}},
	"people.Preview": {access.ManagePeople, func(ctx context.Context, h *house, who access.Actor) error {
		_, _, err := h.people.Preview(ctx, who, sheet, people.List{Source: people.HR}, now)
		return err
	}},
	"people.Import": {access.ManagePeople, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.people.Import(ctx, who, sheet, people.List{Source: people.HR}, now)
		return err
	}},
	"control.Create": {access.EditControls, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.controls.Create(ctx, who, control.Control{Code: "C-" + string(who.Role()), Title: "A control"}, now)
		return err
	}},
	"control.Edit": {access.EditControls, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.controls.Edit(ctx, who, control.Control{ID: "none", Code: "X", Title: "Y"}, now)
		return err
	}},
	"control.Decide": {access.ApproveControls, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.controls.Decide(ctx, who, "none", 1, true, "", now)
		return err
	}},
	"approval.Decide": {access.Attest, func(ctx context.Context, h *house, who access.Actor) error {
		return h.d.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
			_, err := h.approvals.Decide(ctx, tx, who, approval.Ask{Subject: approval.Subject{Kind: approval.Attestation, ID: "x"}, Author: h.accounts[access.Viewer].ID}, true, "", now)
			if err != nil && problem.Of(err).Code == problem.Conflict {
				return nil
			}
			return err
		})
	}},
	"approval.Of": {access.ViewPosture, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.approvals.Of(ctx, who, approval.ControlText, "none")
		return err
	}},
	"approval.Waiting": {access.ViewPosture, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.approvals.Waiting(ctx, who)
		return err
	}},
	"approval.Policies": {access.ViewPosture, func(ctx context.Context, h *house, who access.Actor) error {
		_, _, err := h.approvals.Policies(ctx, who, now)
		return err
	}},
	"policy.Create": {access.WritePolicies, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.policies.Create(ctx, who, policy.Policy{Title: "None", Acknowledge: true}, "", now)
		return err
	}},
	"policy.Change": {access.ManagePolicies, func(ctx context.Context, h *house, who access.Actor) error {
		return h.policies.Change(ctx, who, policy.Policy{ID: "none", Title: "None"}, now)
	}},
	"policy.Save": {access.WritePolicies, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.policies.Save(ctx, who, "none", policy.Text{Body: "x"}, now)
		return err
	}},
	"policy.Upload": {access.WritePolicies, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.policies.Upload(ctx, who, "none", "none.txt", strings.NewReader("x"), policy.Text{}, now)
		return err
	}},
	"policy.Describe": {access.WritePolicies, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.policies.Describe(ctx, who, "none", policy.Text{}, now)
		return err
	}},
	"policy.ReviewedPolicy": {access.ViewPolicies, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.policies.ReviewedPolicy(ctx, who, "none")
		return err
	}},
	"policy.Discard": {access.WritePolicies, func(ctx context.Context, h *house, who access.Actor) error {
		return h.policies.Discard(ctx, who, "none", now)
	}},
	"policy.Adopt": {access.WritePolicies, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.policies.Adopt(ctx, who, []string{"none"}, nil, now)
		return err
	}},
	"policy.Templates": {access.ViewPolicies, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.policies.Templates(ctx, who, now)
		return err
	}},
	"policy.List": {access.ViewPolicies, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.policies.List(ctx, who, now)
		return err
	}},
	"policy.Find": {access.ViewPolicies, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.policies.Find(ctx, who, "none", now)
		return err
	}},
	"policy.History": {access.ViewPolicies, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.policies.History(ctx, who, "none")
		return err
	}},
	"policy.Counts": {access.ViewPolicies, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.policies.Counts(ctx, who, now)
		return err
	}},
	"policy.Progress": {access.ViewPolicies, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.policies.Progress(ctx, who, "none", now)
		return err
	}},
	"policy.AcknowledgementsOf": {access.ViewPolicies, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.policies.AcknowledgementsOf(ctx, who, "none")
		return err
	}},
	"policy.AcknowledgementsTo": {access.ViewPolicies, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.policies.AcknowledgementsTo(ctx, who, "none")
		return err
	}},
	"policy.Variables": {access.ViewPolicies, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.policies.Variables(ctx, who)
		return err
	}},
	"policy.SetVariables": {access.ManagePolicies, func(ctx context.Context, h *house, who access.Actor) error {
		return h.policies.SetVariables(ctx, who, map[string]string{"no name": "x"}, now)
	}},
	"policy.Days": {access.OwnPolicies, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.policies.Days(ctx, who)
		return err
	}},
	"policy.SetDays": {access.ManagePolicies, func(ctx context.Context, h *house, who access.Actor) error {
		return h.policies.SetDays(ctx, who, 0, now)
	}},
	"policy.Submit": {access.WritePolicies, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.policies.Submit(ctx, who, "none", now)
		return err
	}},
	"policy.Withdraw": {access.WritePolicies, func(ctx context.Context, h *house, who access.Actor) error {
		return h.policies.Withdraw(ctx, who, "none", now)
	}},
	"policy.Decide": {access.ApprovePolicies, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.policies.Decide(ctx, who, "none", true, "", now)
		return err
	}},
	"policy.Publish": {access.ManagePolicies, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.policies.Publish(ctx, who, "none", now)
		return err
	}},
	"policy.Archive": {access.ManagePolicies, func(ctx context.Context, h *house, who access.Actor) error {
		return h.policies.Archive(ctx, who, "none", "gone", now)
	}},
	"policy.Reviewed": {access.WritePolicies, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.policies.Reviewed(ctx, who, "none", 1, "", now)
		return err
	}},
	"policy.DecideReview": {access.ApprovePolicies, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.policies.DecideReview(ctx, who, "none", true, "", now)
		return err
	}},
	"policy.Conflicts": {access.ViewPolicies, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.policies.Conflicts(ctx, who, nil)
		return err
	}},
	"policy.DecideConflicts": {access.DecideConflicts, func(ctx context.Context, h *house, who access.Actor) error {
		return h.policies.DecideConflicts(ctx, who, nil, nil, now)
	}},
	"policy.SetUndertakings": {access.WritePolicies, func(ctx context.Context, h *house, who access.Actor) error {
		return h.policies.SetUndertakings(ctx, who, "none", nil, now)
	}},
	"policy.PDF": {access.OwnPolicies, func(ctx context.Context, h *house, who access.Actor) error {
		_, _, err := h.policies.PDF(ctx, who, "none", now)
		return err
	}},
	"policy.File": {access.OwnPolicies, func(ctx context.Context, h *house, who access.Actor) error {
		_, _, err := h.policies.File(ctx, who, "none", now)
		return err
	}},
	"policy.Version": {access.OwnPolicies, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.policies.Version(ctx, who, "none", now)
		return err
	}},
	"policy.Mine": {access.OwnPolicies, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.policies.Mine(ctx, who, now)
		return err
	}},
	"policy.Read": {access.OwnPolicies, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.policies.Read(ctx, who, "none", now)
		return err
	}},
	"policy.Acknowledge": {access.OwnPolicies, func(ctx context.Context, h *house, who access.Actor) error {
		return h.policies.Acknowledge(ctx, who, "none", "none", now)
	}},
	"approval.SetPolicy": {access.ManageApprovals, func(ctx context.Context, h *house, who access.Actor) error {
		return h.approvals.SetPolicy(ctx, who, approval.Attestation, nil, now)
	}},
	"control.Approve": {access.ApproveControls, func(ctx context.Context, h *house, who access.Actor) error {
		return h.controls.Approve(ctx, who, "none", 1, now)
	}},
	"control.Withdraw": {access.EditControls, func(ctx context.Context, h *house, who access.Actor) error {
		return h.controls.Withdraw(ctx, who, "none", 1, now)
	}},
	"control.Merge": {access.ImportInventory, func(ctx context.Context, h *house, who access.Actor) error {
		return h.d.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
			_, err := h.controls.Merge(ctx, tx, who, []control.Control{{Code: "M-1", Title: "Merged"}}, now)
			return err
		})
	}},
	"control.List": {access.ViewControls, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.controls.List(ctx, who, control.Filter{})
		return err
	}},
	"control.Lives": {access.ViewControls, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.controls.Lives(ctx, who)
		return err
	}},
	"crosswalk.Timeline": {access.ViewPosture, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.links.Timeline(ctx, who, now)
		return err
	}},
	"control.Find": {access.ViewControls, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.controls.Find(ctx, who, "none")
		return err
	}},
	"control.History": {access.ViewControls, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.controls.History(ctx, who, "none")
		return err
	}},
	"control.Disclosures": {access.ViewControls, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.controls.Disclosures(ctx, who, []string{"AC-1"})
		return err
	}},
	"control.PendingVersions": {access.ViewControls, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.controls.PendingVersions(ctx, who)
		return err
	}},
	"control.Adopt": {access.AdoptControls, func(ctx context.Context, h *house, who access.Actor) error {
		return h.d.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
			_, err := h.controls.Adopt(ctx, tx, who, []control.Control{{Code: "L-" + string(who.Role()), Title: "Adopted"}}, now)
			return err
		})
	}},
	"control.ListIn": {access.ViewControls, func(ctx context.Context, h *house, who access.Actor) error {
		return h.d.Read(ctx, who.Org(), func(tx *db.Tx) error {
			_, err := h.controls.ListIn(ctx, tx, who)
			return err
		})
	}},
	"control.EditIn": {access.EditControls, func(ctx context.Context, h *house, who access.Actor) error {
		return h.d.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
			_, err := h.controls.EditIn(ctx, tx, who, control.Control{Code: "X", Title: "Y"}, control.Control{Code: "X", Title: "Y"}, "", now)
			return err
		})
	}},
	"control.Declare": {access.EditControls, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.controls.Declare(ctx, who, []string{"none"}, control.Operated, now)
		return err
	}},
	"crosswalk.Adopt": {access.AdoptControls, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.links.Adopt(ctx, who, crosswalk.AdoptPlan{Entries: []string{"AC-01"}}, now)
		return err
	}},
	"crosswalk.TryAdopt": {access.AdoptControls, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.links.TryAdopt(ctx, who, crosswalk.AdoptPlan{Entries: []string{"AC-01"}}, now)
		return err
	}},
	"crosswalk.Adoptions": {access.ViewControls, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.links.Adoptions(ctx, who, now)
		return err
	}},
	"crosswalk.TakeUpdate": {access.AdoptControls, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.links.TakeUpdate(ctx, who, "none", crosswalk.AdoptUpdate{Links: true}, now)
		return err
	}},
	"crosswalk.DeclineUpdate": {access.AdoptControls, func(ctx context.Context, h *house, who access.Actor) error {
		return h.links.DeclineUpdate(ctx, who, "none", "", now)
	}},
	"control.Retirements": {access.ViewControls, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.controls.Retirements(ctx, who)
		return err
	}},
	"control.Standing": {access.ViewControls, func(ctx context.Context, h *house, who access.Actor) error {
		return h.d.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
			return h.controls.Standing(ctx, tx, who, "none")
		})
	}},
	"control.Retire": {access.MergeControls, func(ctx context.Context, h *house, who access.Actor) error {
		return h.d.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
			return h.controls.Retire(ctx, tx, who, "none", "neither", now)
		})
	}},
	"control.Restore": {access.MergeControls, func(ctx context.Context, h *house, who access.Actor) error {
		return h.d.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
			_, err := h.controls.Restore(ctx, tx, who, "none", now)
			return err
		})
	}},
	"crosswalk.Judgements": {access.ViewControls, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.links.Judgements(ctx, who, now)
		return err
	}},
	"crosswalk.Judge": {access.MergeControls, func(ctx context.Context, h *house, who access.Actor) error {
		return h.links.Judge(ctx, who, []crosswalk.Judgement{{Kind: crosswalk.IsEntry, Control: "none", Entry: "AC-04"}}, now)
	}},
	"crosswalk.Reconsider": {access.MergeControls, func(ctx context.Context, h *house, who access.Actor) error {
		return h.links.Reconsider(ctx, who, "none", now)
	}},
	"crosswalk.MergeControls": {access.MergeControls, func(ctx context.Context, h *house, who access.Actor) error {
		return h.links.MergeControls(ctx, who, "none", "neither", now)
	}},
	"crosswalk.Unmerge": {access.MergeControls, func(ctx context.Context, h *house, who access.Actor) error {
		return h.links.Unmerge(ctx, who, "none", now)
	}},
	"crosswalk.ImportPoints": {access.ManageFrameworks, func(ctx context.Context, h *house, who access.Actor) error {
		return h.links.ImportPoints(ctx, who, points, true, now)
	}},
	"crosswalk.ErasePoints": {access.ManageFrameworks, func(ctx context.Context, h *house, who access.Actor) error {
		return h.links.ErasePoints(ctx, who, "soc2-2017", now)
	}},
	"crosswalk.Points": {access.ViewPosture, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.links.Points(ctx, who, framework.Ref{Framework: "soc2-2017", ID: "CC6.1"})
		return err
	}},
	"crosswalk.PointImports": {access.ViewPosture, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.links.PointImports(ctx, who)
		return err
	}},
	"crosswalk.SetLinks": {access.EditLinks, func(ctx context.Context, h *house, who access.Actor) error {
		return h.links.SetLinks(ctx, who, "none", nil, now)
	}},
	"crosswalk.LinksOf": {access.ViewControls, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.links.LinksOf(ctx, who, "none", now)
		return err
	}},
	"crosswalk.AllLinks": {access.ViewControls, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.links.AllLinks(ctx, who, now)
		return err
	}},
	"crosswalk.Frameworks": {access.ViewPosture, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.links.Frameworks(ctx, who, now)
		return err
	}},
	"crosswalk.Enable": {access.ManageFrameworks, func(ctx context.Context, h *house, who access.Actor) error {
		return h.links.Enable(ctx, who, "gdpr", now)
	}},
	"crosswalk.Disable": {access.ManageFrameworks, func(ctx context.Context, h *house, who access.Actor) error {
		return h.links.Disable(ctx, who, "gdpr", now)
	}},
	"crosswalk.Scope": {access.ViewPosture, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.links.Scope(ctx, who, now)
		return err
	}},
	"crosswalk.SetCategories": {access.ManageFrameworks, func(ctx context.Context, h *house, who access.Actor) error {
		return h.links.SetCategories(ctx, who, "soc2-2017", []string{"CC", "A"}, now)
	}},
	"crosswalk.Exclude": {access.ManageFrameworks, func(ctx context.Context, h *house, who access.Actor) error {
		return h.links.Exclude(ctx, who, annexA, "No premises.", now)
	}},
	"crosswalk.Include": {access.ManageFrameworks, func(ctx context.Context, h *house, who access.Actor) error {
		return h.links.Include(ctx, who, annexA, now)
	}},
	"crosswalk.SelectStack": {access.ManageFrameworks, func(ctx context.Context, h *house, who access.Actor) error {
		return h.links.SelectStack(ctx, who, crosswalk.Shipped().DefaultStack()[:1], now)
	}},
	"crosswalk.Selected": {access.ViewPosture, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.links.Selected(ctx, who, now)
		return err
	}},
	"crosswalk.Decide": {access.DecideEdges, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.links.Decide(ctx, who, crosswalk.Decision{Set: curated, Source: cc61, Target: a822, Kind: crosswalk.Confirm}, now)
		return err
	}},
	"crosswalk.Decisions": {access.ViewPosture, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.links.Decisions(ctx, who, now)
		return err
	}},
	"crosswalk.History": {access.ViewPosture, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.links.History(ctx, who, now)
		return err
	}},
	"crosswalk.HistoryOf": {access.ViewPosture, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.links.HistoryOf(ctx, who, cc61, a822, now)
		return err
	}},
	"crosswalk.StackAt": {access.ViewPosture, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.links.StackAt(ctx, who, now)
		return err
	}},
	"crosswalk.Attest": {access.Attest, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.links.Attest(ctx, who, attestation, now)
		return err
	}},
	"crosswalk.EndAttestation": {access.Attest, func(ctx context.Context, h *house, who access.Actor) error {
		return h.links.EndAttestation(ctx, who, "none", now)
	}},
	"crosswalk.Attestations": {access.ViewPosture, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.links.Attestations(ctx, who, now)
		return err
	}},
	"crosswalk.AttestationsOf": {access.ViewPosture, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.links.AttestationsOf(ctx, who, a822)
		return err
	}},
	"crosswalk.Import": {access.ImportInventory, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.links.Import(ctx, who, plan, now)
		return err
	}},
	"crosswalk.Library": {access.ViewPosture, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.links.Library(ctx, who, now)
		return err
	}},
	"crosswalk.Editions": {access.ViewPosture, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.links.Editions(ctx, who, now)
		return err
	}},
	"crosswalk.EditionFramework": {access.ViewPosture, func(ctx context.Context, h *house, who access.Actor) error {
		_, _, err := h.links.EditionFramework(ctx, who, "none", now)
		return err
	}},
	"crosswalk.EditionSet": {access.ViewPosture, func(ctx context.Context, h *house, who access.Actor) error {
		_, _, err := h.links.EditionSet(ctx, who, "none", now)
		return err
	}},
	"crosswalk.CheckFramework": {access.ManageFrameworks, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.links.CheckFramework(ctx, who, framework.New("acme-1", nil), "acme-1.csv")
		return err
	}},
	"crosswalk.CheckSet": {access.ManageFrameworks, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.links.CheckSet(ctx, who, acmeSet(), now)
		return err
	}},
	"crosswalk.ImportFramework": {access.ManageFrameworks, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.links.ImportFramework(ctx, who, acme("acme-"+string(who.Role()), acmeOld), "acme.csv", now)
		return err
	}},
	"crosswalk.ImportSet": {access.ManageFrameworks, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.links.ImportSet(ctx, who, acmeSet(), "acme-iso.csv", now)
		return err
	}},
	"crosswalk.Offers": {access.ViewPosture, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.links.Offers(ctx, who, now)
		return err
	}},
	"crosswalk.PlanUpgrade": {access.ViewPosture, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.links.PlanUpgrade(ctx, who, crosswalk.FrameworkEdition, "soc2-2017", "none", now)
		return err
	}},
	"crosswalk.Upgrade": {access.ManageFrameworks, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.links.Upgrade(ctx, who, crosswalk.FrameworkEdition, "soc2-2017", "none", nil, now)
		return err
	}},
	"crosswalk.Upgrades": {access.ViewPosture, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.links.Upgrades(ctx, who, now)
		return err
	}},
	"crosswalk.FindUpgrade": {access.ViewPosture, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.links.FindUpgrade(ctx, who, "none", now)
		return err
	}},
	"crosswalk.UndoUpgrade": {access.ManageFrameworks, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.links.UndoUpgrade(ctx, who, "none", now)
		return err
	}},
	"importer.Confirm": {access.ImportInventory, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.importer.Confirm(ctx, who, "none", nil, now)
		return err
	}},
	"importer.Run": {access.ImportInventory, func(ctx context.Context, h *house, who access.Actor) error {
		none := job.Task[crosswalk.ImportWork]{Report: func(string, int, int) {}, Say: func(string) {}}
		return h.importer.Run(ctx, who, none, now)
	}},
	"crosswalk.CheckImport": {access.ImportInventory, func(ctx context.Context, h *house, who access.Actor) error {
		return h.links.CheckImport(ctx, who, plan, now)
	}},
	"upload.Put": {access.ImportInventory, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.uploads.Put(ctx, who, upload.Controls, "a.csv", []byte("a"), now)
		return err
	}},
	"upload.Open": {access.ManagePeople, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.uploads.Open(ctx, who, upload.People, "none", now)
		return err
	}},
	"upload.Look": {access.ViewJobs, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.uploads.Look(ctx, who, "none", now)
		return err
	}},
	"upload.Confirm": {access.ImportInventory, func(ctx context.Context, h *house, who access.Actor) error {
		return h.d.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
			_, err := h.uploads.Confirm(ctx, tx, who, upload.Controls, "none", "null", now, func() (int64, error) { return 1, nil })
			return err
		})
	}},
	"upload.Finish": {access.ImportInventory, func(ctx context.Context, h *house, who access.Actor) error {
		return h.d.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
			return h.uploads.Finish(ctx, tx, who, upload.Controls, "none", "done")
		})
	}},
	"upload.Drop": {access.ManagePeople, func(ctx context.Context, h *house, who access.Actor) error {
		return h.uploads.Drop(ctx, who, upload.People, "none")
	}},
	"jobs.List": {access.ViewJobs, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.jobs.List(ctx, who, job.All, 0, 10)
		return err
	}},
	"jobs.Counts": {access.ViewJobs, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.jobs.Counts(ctx, who)
		return err
	}},
	"jobs.Find": {access.ViewJobs, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.jobs.Find(ctx, who, 1)
		return err
	}},
	"jobs.Names": {access.ViewJobs, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.jobs.Names(ctx, who)
		return err
	}},
	"jobs.Retry": {access.ManageJobs, func(ctx context.Context, h *house, who access.Actor) error {
		return h.jobs.Retry(ctx, who, 1)
	}},
	"jobs.Cancel": {access.ManageJobs, func(ctx context.Context, h *house, who access.Actor) error {
		return h.jobs.Cancel(ctx, who, 1)
	}},
	"audit.Bands": {access.ViewSamples, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.samples.Bands(ctx, who, now)
		return err
	}},
	"audit.SetBands": {access.ManagePopulations, func(ctx context.Context, h *house, who access.Actor) error {
		return h.samples.SetBands(ctx, who, audit.Bands{{Pace: audit.Daily, Low: 20, High: 50}}, now)
	}},
	"audit.Create": {access.ManagePopulations, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.samples.Create(ctx, who, audit.Population{Name: "None", Window: year, Control: "none", Pace: audit.EachTime}, now)
		return err
	}},
	"audit.Edit": {access.ManagePopulations, func(ctx context.Context, h *house, who access.Actor) error {
		return h.samples.Edit(ctx, who, audit.Population{ID: "none", Name: "None", Window: year, Pace: audit.EachTime}, now)
	}},
	"audit.SetRows": {access.ManagePopulations, func(ctx context.Context, h *house, who access.Actor) error {
		return h.samples.SetRows(ctx, who, "none", "a.csv", nil, []audit.Row{{N: 1, Key: "1"}}, now)
	}},
	"audit.Drop": {access.ManagePopulations, func(ctx context.Context, h *house, who access.Actor) error {
		return h.samples.Drop(ctx, who, "none", now)
	}},
	"audit.Fix": {access.ManagePopulations, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.samples.Fix(ctx, who, "none", now)
		return err
	}},
	"audit.Erase": {access.ManagePopulations, func(ctx context.Context, h *house, who access.Actor) error {
		return h.samples.Erase(ctx, who, "none", "Asked to.", now)
	}},
	"audit.Find": {access.ViewSamples, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.samples.Find(ctx, who, "none")
		return err
	}},
	"audit.Rows": {access.ViewSamples, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.samples.Rows(ctx, who, "none", 1, 10)
		return err
	}},
	"audit.Outline": {access.ViewSamples, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.samples.Outline(ctx, who, "none")
		return err
	}},
	"audit.Draw": {access.DrawSamples, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.samples.Draw(ctx, who, "none", audit.Plan{Method: audit.Random, Size: 1}, now)
		return err
	}},
	"audit.Replace": {access.DrawSamples, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.samples.Replace(ctx, who, "none", "none", "Lost.", now)
		return err
	}},
	"audit.SetAttributes": {access.DrawSamples, func(ctx context.Context, h *house, who access.Actor) error {
		return h.samples.SetAttributes(ctx, who, "none", []string{"Approved"}, now)
	}},
	"audit.Judge": {access.JudgeSamples, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.samples.Judge(ctx, who, "none", nil, now, now)
		return err
	}},
	"audit.Selection": {access.ViewSamples, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.samples.Selection(ctx, who, "none")
		return err
	}},
	"audit.History": {access.ViewSamples, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.samples.History(ctx, who, "none")
		return err
	}},
	"audit.List": {access.ViewSamples, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.samples.List(ctx, who)
		return err
	}},
	"audit.Samples": {access.ViewPosture, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.samples.Samples(ctx, who)
		return err
	}},
	"audit.Disclosures": {access.ViewSamples, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.samples.Disclosures(ctx, who, []string{"none"})
		return err
	}},
	"crosswalk.FindAttestation": {access.ViewPosture, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.links.FindAttestation(ctx, who, "none")
		return err
	}},
	"crosswalk.DecideAttestation": {access.Attest, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.links.DecideAttestation(ctx, who, "none", true, "", now)
		return err
	}},
	"crosswalk.Imports": {access.ViewControls, func(ctx context.Context, h *house, who access.Actor) error {
		_, err := h.links.Imports(ctx, who)
		return err
	}},
}

func TestEveryMethodWithAnActorIsInTheTable(t *testing.T) {
	actor := reflect.TypeFor[access.Actor]()
	n := 0
	for name, store := range map[string]reflect.Type{
		"standing":  reflect.TypeFor[*standing.Store](),
		"joiner":    reflect.TypeFor[*joiner.Store](),
		"trail":     reflect.TypeFor[*trail.Store](),
		"access":    reflect.TypeFor[*access.Store](),
		"people":    reflect.TypeFor[*people.Store](),
		"control":   reflect.TypeFor[*control.Store](),
		"crosswalk": reflect.TypeFor[*crosswalk.Store](),
		"importer":  reflect.TypeFor[*crosswalk.Importer](),
		"roll":      reflect.TypeFor[*people.Importer](),
		"upload":    reflect.TypeFor[*upload.Store](),
		"jobs":      reflect.TypeFor[*access.Jobs](),
		"audit":     reflect.TypeFor[*audit.Store](),
		"approval":  reflect.TypeFor[*approval.Store](),
		"notices":   reflect.TypeFor[*access.Notices](),
		"task":      reflect.TypeFor[*task.Store](),
		"evidence":  reflect.TypeFor[*evidence.Store](),
		"result":    reflect.TypeFor[*result.Store](),
		"report":    reflect.TypeFor[*report.Store](),
		"monitor":   reflect.TypeFor[*monitor.Store](),
		"policy":    reflect.TypeFor[*policy.Store](),
		"reminders": reflect.TypeFor[*task.Reminders](),
		"training":  reflect.TypeFor[*training.Store](),
		"provider":  reflect.TypeFor[*training.Connections](),
		"system":    reflect.TypeFor[*system.Store](),
		"vendor":    reflect.TypeFor[*vendor.Store](),
		"device":    reflect.TypeFor[*device.Store](),
		"finding":   reflect.TypeFor[*finding.Store](),
		"risk":      reflect.TypeFor[*risk.Store](),
		"isms":      reflect.TypeFor[*isms.Store](),
		"gap":       reflect.TypeFor[*gap.Store](),
		"osquery":   reflect.TypeFor[*osquery.Store](),
		"source":    reflect.TypeFor[*source.Store](),
	} {
		for m := range store.Methods() {
			for in := range m.Type.Ins() {
				if in == actor {
					n++
					if _, ok := calls[name+"."+m.Name]; !ok {
						t.Errorf("%s.%s takes an actor and is in no line of the table", name, m.Name)
					}
				}
			}
		}
	}
	if n != len(calls) {
		t.Errorf("%d methods take an actor, the table has %d lines", n, len(calls))
	}
}

// either names a second action that is enough for a method.
var either = map[string]access.Action{"evidence.Find": access.AnswerRequests, "evidence.Open": access.AnswerRequests,
	"evidence.Requests": access.AnswerRequests, "evidence.FindRequest": access.AnswerRequests}

// lets reports whether a role is allowed a call.
func lets(name string, c call, role access.Role) bool {
	also, ok := either[name]
	return access.Allowed(role, c.needs) || ok && access.Allowed(role, also) || c.needs == "" && role != "nobody"
}

func TestPermissionIsCheckedBeforeAnythingIsWritten(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		org := h.actors[access.Administrator].Org()
		for name, c := range calls {
			actors := maps.Clone(h.actors)
			actors["nobody"] = access.Actor{}
			for role, who := range actors {
				if lets(name, c, role) {
					continue
				}
				before := h.rows(t, org)
				err := c.do(t.Context(), h, who)
				if err == nil || problem.Of(err).Code != problem.Forbidden {
					t.Errorf("%s as %s: %v, want forbidden", name, role, err)
				}
				if after := h.rows(t, org); !maps.Equal(before, after) {
					t.Errorf("%s as %s was refused and wrote: %v, before %v", name, role, after, before)
				}
			}
		}
		for _, role := range access.Roles() { // the most powerful first: removing the viewer comes with the administrator
			if role == access.Administrator {
				continue
			}
			for name, c := range calls {
				if lets(name, c, role) {
					if err := c.do(t.Context(), h, h.actors[role]); err != nil && problem.Of(err).Code == problem.Forbidden {
						t.Errorf("%s as %s: %v, want it allowed", name, role, err)
					}
				}
			}
		}
		for name, c := range calls {
			if c.needs == access.ReportDevices { // what no person may
				continue
			}
			if err := c.do(t.Context(), h, h.actors[access.Administrator]); err != nil && problem.Of(err).Code == problem.Forbidden {
				t.Errorf("%s as administrator: %v, want it allowed", name, err)
			}
		}
		if err := h.log.Verify(t.Context(), h.d, org); err != nil {
			t.Error(err)
		}
	})
}
