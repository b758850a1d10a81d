Attribute VB_Name = "KtttWords"
Option Explicit
Option Private Module
' Texts with accents and settings: VBA's own text is ANSI, a cell is not. Only sheets of this add-in are read; a sheet
' of the same name in anybody's workbook means nothing.

Private registered As Boolean

Public Function KtttText(ByVal key As String, Optional ByVal detail As String = "") As String
    KtttText = Replace(Entry("kttt.text", key), "{0}", detail)
    If KtttText = "" Then KtttText = key
End Function

Public Function GetConfig(ByVal key As String) As String
    GetConfig = Entry("kttt.conf", key)
End Function

Private Function Entry(ByVal sheet As String, ByVal key As String) As String
    Dim r As Long
    With ThisWorkbook.Worksheets(sheet)
        For r = 1 To .UsedRange.Rows.Count
            If CStr(.Cells(r, 1).Value) = key Then
                Entry = CStr(.Cells(r, 2).Value)
                Exit Function
            End If
        Next r
    End With
End Function

' Texts for Excel's function wizard. Excel may refuse them (no workbook shown yet, Protected View): they are a help and
' no reason to fail, and the next click on a button tries again.
Public Sub KtttRegisterHelp()
    Dim r As Long, n As Long, arguments() As String
    If registered Then Exit Sub
    On Error GoTo refused
    With ThisWorkbook.Worksheets("kttt.help")
        For r = 1 To .UsedRange.Rows.Count
            n = 0
            Do While CStr(.Cells(r, 3 + n).Value) <> ""
                ReDim Preserve arguments(0 To n)
                arguments(n) = CStr(.Cells(r, 3 + n).Value)
                n = n + 1
            Loop
            Application.MacroOptions Macro:="'" & ThisWorkbook.Name & "'!" & CStr(.Cells(r, 1).Value), Description:=CStr(.Cells(r, 2).Value), Category:="KTTT", ArgumentDescriptions:=arguments
        Next r
    End With
    registered = True
refused:
End Sub
