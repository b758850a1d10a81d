Attribute VB_Name = "KtttRibbon"
Option Explicit
' The buttons. Each has one fixed order to Python, and no procedure takes such an order as a text: a picture's macro or
' another workbook could use it for an order of its own.

Public Sub KtttOnLoad(ribbon As IRibbonUI)
    KtttRegisterHelp
End Sub

Public Sub KtttClick(control As IRibbonControl)
    Dim order As String, number As Long, reason As String
    On Error GoTo failed
    Select Case control.ID
        Case "ktttLapKeHoach": order = "import kttt_xl.ribbon; kttt_xl.ribbon.run('lap_ke_hoach')"
        Case "ktttPhatHanh": order = "import kttt_xl.ribbon; kttt_xl.ribbon.run('phat_hanh')"
        Case "ktttKiemTra": order = "import kttt_xl.ribbon; kttt_xl.ribbon.run('kiem_tra')"
        Case "ktttTongHop": order = "import kttt_xl.ribbon; kttt_xl.ribbon.run('tong_hop')"
        Case "ktttCapNhatTienDo": order = "import kttt_xl.ribbon; kttt_xl.ribbon.run('cap_nhat_tien_do')"
        Case "ktttTroGiup": order = "import kttt_xl.ribbon; kttt_xl.ribbon.run('tro_giup')"
        Case Else: Exit Sub
    End Select
    KtttRegisterHelp
    KtttRetryNow
    If ActiveWorkbook Is Nothing Then
        If control.Tag = "workbook" Then Err.Raise KTTT_ERROR, "KTTT", KtttText("no-workbook")
        If XLPy Is Nothing Then Exit Sub  ' which says why Python cannot be reached, before an empty workbook is made
        Workbooks.Add
    End If
    XLPy.SetAttr XLPy.Module("xlwings._xlwindows"), "BOOK_CALLER", ActiveWorkbook
    XLPy.Exec order
    Exit Sub
failed:
    number = Err.Number
    reason = Err.Description
    If number <> KTTT_ERROR Then reason = KtttText("failed", Right$(reason, 500))
    KtttSay reason
End Sub
