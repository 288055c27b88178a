"""The messages of tax: the bill and its state.

Edition 202205. The notation of the tables is told in `hoppo.wire.table`.
"""

from hoppo.wire.table import Block, Message, Record, fields

CEB816 = Message(
    "CEB816Message", "Tax bill", "电子税单", "import",
    Record("Tax", (
    Block("TaxHeadRd", fields("""
    guid            guid             C36      Y  -                系统唯一序号  id
    returnTime      return_time      C17      Y  -                回执时间      answered at
    invtNo          list_no          C1..18   Y  -                进境清单编号
    taxNo           bill_tax_no      C1..50   Y  -                电子税单编号
    customsTax      duty             N19,5    Y  -                应征关税      customs duty
    valueAddedTax   vat              N19,5    Y  -                应征增值税
    consumptionTax  consumption_tax  N19,5    Y  -                应征消费税
    status          status           C1       Y  tax_bill_states  税单状态
    entDutyNo       duty_notice_no   C..50    N  -                缴款书编号    payment notice
    note            note             C..1000  N  -                备注          remark
    assureCode      guarantor_code   C..64    N  -                担保企业代码
    ebcCode         ebc_code         C..64    N  -                电商企业代码
    logisticsCode   logistics_code   C..64    N  -                物流企业代码
    agentCode       declarant_code   C1..18   N  -                申报单位代码
    customsCode     customs_code     C4       N  districts        申报口岸
    """)),
    Block("TaxListRd", fields("""
    gnum            line_no          N      Y  -                商品项号
    gcode           commodity_code   C10    Y  commodity_codes  海关商品编码
    taxPrice        dutiable_value   N19,5  Y  -                完税总价格
    customsTax      duty             N19,5  Y  -                应征关税      customs duty
    valueAddedTax   vat              N19,5  Y  -                应征增值税
    consumptionTax  consumption_tax  N19,5  Y  -                应征消费税
    """), most=99),
), most=None),
)

CEB818 = Message(
    "CEB818Message", "Tax bill status", "电子税单状态", "import",
    Record("Tax", (
    Block("TaxHeadStatus", fields("""
    guid        guid            C36     Y  -                系统唯一序号  id
    returnTime  return_time     C17     Y  -                回执时间      answered at
    invtNo      list_no         C1..18  Y  -                进境清单编号
    taxNo       bill_tax_no     C1..50  Y  -                电子税单编号
    status      status          C1      Y  tax_bill_states  税单状态
    entDutyNo   duty_notice_no  C..50   N  -                缴款书编号    payment notice
    assureCode  guarantor_code  C..64   N  -                担保企业代码
    """)),
), most=None),
)

MESSAGES = (
    CEB816, CEB818,
)
