package web

func init() {
	everyPage = append(everyPage,
		"/isms", "/isms/obligations?state=due&text=review", "/isms/obligations?text=zzz", "/isms/obligations/adopt", "/isms/obligations/new",
		"/isms/plan", "/isms/plan/new", "/isms/plan/new?kind=stage_2", "/isms/gate", "/isms/gate?kind=stage_1&on=2030-01-15", "/isms/gate?kind=soc2_type_2&on=2030-06-30", "/isms/gate?kind=x&on=soon", "/isms/gate?kind=stage_2&on=2030-01-15&format=html",
		"/isms/documents", "/isms/documents?framework=soc2-2017&state=missing", "/isms/documents?format=html",
		"/isms/advice", "/isms/advice?buyers=us&asked=soc2&has=nothing&deadline=months6&size=small&others=yes", "/isms/advice/soc2",
		"/calendar", "/calendar?month=2028-02&kind=audit", "/calendar?month=never", "/calendar/feeds",
	)
}
