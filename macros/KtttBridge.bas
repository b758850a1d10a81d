Attribute VB_Name = "KtttBridge"
Option Explicit
Option Private Module
' The way to Python: what the add-in needs of xlwings' own VBA. Left out are settings from anywhere but this add-in, its
' start lines and log files, and everything for Mac and other programs. The interpreter is the one that this add-in's
' own sheet names, and every file is looked for before a DLL is used.
'{xlwings licence}

'{xlwings declarations}
Private Declare PtrSafe Function LoadLibraryW Lib "kernel32" (ByVal fileName As LongPtr) As LongPtr
Private Declare PtrSafe Function MessageBoxW Lib "user32" (ByVal owner As LongPtr, ByVal text As LongPtr, ByVal caption As LongPtr, ByVal kind As Long) As Long

Public Const KTTT_ERROR As Long = vbObjectError + 513

Private startLine As String
Private retryAt As Date

' A property, since a formula in anybody's workbook can use a public function of an add-in, and not this.
Public Property Get XLPy() As Object
    Dim answer As Variant
    FindPython
    If Now < retryAt Then Err.Raise KTTT_ERROR, "KTTT", KtttText("no-start")
    If XLPyDLLActivateAuto(answer, startLine, 1) <> 0 Then
        retryAt = DateAdd("s", 10, Now)  ' a thousand cells must not start Python a thousand times in vain
        Err.Raise KTTT_ERROR, "KTTT", KtttText("no-start")
    End If
    Set XLPy = answer
End Property

Public Sub KtttRetryNow()
    retryAt = 0
End Sub

Private Sub FindPython()
    Dim python As String, folder As String
    If startLine <> "" Then Exit Sub
    #If Mac Then
        Err.Raise KTTT_ERROR, "KTTT", KtttText("mac")
    #End If
    python = GetConfig("INTERPRETER_WIN")
    If python = "" Then Err.Raise KTTT_ERROR, "KTTT", KtttText("no-setup")
    If Not IsLocalAscii(python) Then Err.Raise KTTT_ERROR, "KTTT", KtttText("bad-path", python)
    If Not FileExists(python) Then Err.Raise KTTT_ERROR, "KTTT", KtttText("no-python", python)
    folder = ParentFolder(python)
    If Not FileExists(folder & "\" & XLPyDLLName) Then folder = ParentFolder(folder)  ' where a venv has it
    If Not FileExists(folder & "\" & XLPyDLLName) Then Err.Raise KTTT_ERROR, "KTTT", KtttText("no-dll", XLPyDLLName)
    If LoadLibraryW(StrPtr(folder & "\" & XLPyDLLName)) = 0 Then Err.Raise KTTT_ERROR, "KTTT", KtttText("dll-refused", XLPyDLLName)
    If UCase$(GetConfig("DEBUG UDFS")) = "TRUE" Then
        startLine = "{506e67c3-55b5-48c3-a035-eed5deea7d6d}"  ' a server started at logon (xlwings.serve), where Excel may start no process
    Else
        ' Python itself, where xlwings puts another program before it: nothing expands the line, nothing of any
        ' workbook is in it, and the DLL sees at once when Python ends early (else only after a minute). -P: the folder
        ' that Excel happens to be in is no place to take modules from.
        startLine = """" & python & """ -P -B -c ""import xlwings; xlwings.serve('$(CLSID)')"""
    End If
End Sub

' The DLL takes its line in the ANSI code page, and a share that is away answers after half a minute.
Private Function IsLocalAscii(ByVal path As String) As Boolean
    Dim i As Long
    If Not path Like "[A-Za-z]:\*" Then Exit Function
    For i = 1 To Len(path)
        If AscW(Mid$(path, i, 1)) < 32 Or AscW(Mid$(path, i, 1)) > 126 Or InStr("""*?<>|$", Mid$(path, i, 1)) > 0 Then Exit Function
    Next i
    IsLocalAscii = True
End Function

' Not Dir, whose place in a folder belongs to whatever macro is at work while a formula is calculated.
Private Function FileExists(ByVal path As String) As Boolean
    On Error Resume Next
    FileExists = (GetAttr(path) And vbDirectory) = 0
    If Err.Number <> 0 Then FileExists = False
End Function

Private Function ParentFolder(ByVal path As String) As String
    If InStrRev(path, "\") > 0 Then ParentFolder = Left$(path, InStrRev(path, "\") - 1)
End Function

' MsgBox shows Vietnamese letters only under one code page; MessageBoxW under all.
Public Sub KtttSay(ByVal sentence As String)
    Dim title As String
    title = KtttText("title")
    #If Mac Then
        MsgBox sentence, vbExclamation, title
    #Else
        MessageBoxW Application.Hwnd, StrPtr(sentence), StrPtr(title), vbExclamation
    #End If
End Sub
