"""Receipt statuses and texts of the customs' import messages."""

STAGED, WAITING, STORED = "1", "2", "120"
REFUSED, REVIEW, CONCLUDED, INSPECTION, RELEASED, CLOSED = "100", "300", "399", "500", "800", "899"
DELETED = "deleted"
DOCUMENTS = ("order", "payment", "waybill")
PASSED = frozenset({REVIEW, INSPECTION, RELEASED})
STATUS_TEXT = {
    STORED: "[Code:1800;Desc:逻辑校验通过]",
    REVIEW: "[Code:1200;Desc:待人工审核]",
    CONCLUDED: "[Code:2300;Desc:审核通过]",
    INSPECTION: "[Code:2500;Desc:查验]",
    RELEASED: "[Code:2600;Desc:放行]",
}
# What each kind of document answers with: format fault, older than stored, exists already,
# state does not allow, nothing to change or delete, signature wrong (annex 7-2 of the spec).
ANSWERS = {
    "order": ("-301008", "-301014", "-301010", "-301011", "-301009", "-301020"),
    "payment": ("-401009", "-401012", "-401007", "-401008", "-401006", "-401009"),
    "waybill": ("-504011", "-504012", "-504015", "-504016", "-504014", "-504011"),
    "waybill_status": ("-505011", "-505016", "-505012", "-505012", "-505014", "-505011"),
    "list": ("-621001", "-621055", "-621004", "-621043", "-621011", "-621029"),
    "cancellation": ("-623001", "-623009", "-623009", "-623005", "-623003", "-623029"),
    "return": ("-625001", "-625022", "-625022", "-625022", "-625209", "-625208"),
}
FORMAT, OLDER, EXISTS, STATE, UNKNOWN, SIGNATURE = range(6)
COPY = -1
TEXTS = {
    OLDER: "接收报文为旧报文数据，已忽略",
    EXISTS: "处理失败，业务主键重复入库失败",
    STATE: "处理失败，当前状态不允许变更或删除",
    UNKNOWN: "处理失败，原单证不存在",
}
