package web

func init() {
	everyPage = append(everyPage, "/findings", "/findings?state=overdue&kind=nonconformityminor", "/findings/new", "/findings/import", "/findings/report", "/findings/backlog", "/findings/backlog?state=done&source=finding",
		"/findings/backlog/new", "/findings/backlog/import", "/isms/audits", "/isms/audits?show=plan", "/isms/audits?show=cover&only=unplanned", "/isms/audits/new", "/isms/programme", "/isms/programme/new")
}
