package web

func init() {
	everyPage = append(everyPage, "/isms/statement", "/isms/statement?show=excluded", "/isms/statement?show=differs&theme=A.8&text=access&claim=none&derived=shown", "/isms/statement?lint=no-claim", "/isms/statement?text=zzz",
		"/isms/statement?edit=A.8.5", "/isms/statement/rows/A.5.1", "/isms/statement/new", "/isms/statement/many?code=A.5.1&code=A.5.2", "/isms/statement/import", "/isms/statement/versions", "/isms/statement/document")
}
