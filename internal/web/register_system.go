package web

func systemRegisters() []register { return nil }
