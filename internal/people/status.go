package people

// Status is what somebody is to the organisation on one day. It is derived from
// the register, never typed in.
type Status string

const (
	Current    Status = "current"      // works here: employee or contractor
	Future     Status = "future"       // has not begun yet
	OnLeave    Status = "on_leave"     // belongs here, is away: nothing is asked until they are back
	Former     Status = "former"       // their last day has passed
	OutOfScope Status = "out_of_scope" // said, with a reason, not to be part of the programme
	NotAPerson Status = "service"      // an account of a machine or a team
)

// Statuses in the order a page shows them.
func Statuses() []Status {
	return []Status{Current, Future, OnLeave, Former, OutOfScope, NotAPerson}
}
