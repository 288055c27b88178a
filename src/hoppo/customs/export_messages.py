"""The messages of customs, export side: lists, their waybill, consolidation, returns.

Edition 202205. The notation of the tables is told in `hoppo.wire.table`.
"""

from hoppo.wire.table import Block, Message, Record, fields

CEB603 = Message(
    "CEB603Message", "Export list", "出口清单", "export",
    Record("Inventory", (
    Block("InventoryHead", fields("""
    guid            guid                C36      Y  -                系统唯一序号               id
    appType         app_type            C1       Y  app_types        报送类型  operation
    appTime         app_time            C14      Y  -                报送时间  sent at
    appStatus       app_status          C1       Y  app_statuses     报送状态
    customsCode     customs_code        C4       Y  districts        申报地海关代码
    ebpCode         platform_code       C..18    Y  -                电商平台代码
    ebpName         platform_name       C..100   Y  -                电商平台名称/海外仓名称
    orderNo         order_no            C..60    Y  -                订单编号/海外仓订仓单编号
    logisticsCode   logistics_code      C..18    Y  -                物流企业代码
    logisticsName   logistics_name      C..100   Y  -                物流企业名称
    logisticsNo     waybill_no          C..32    Y  -                物流运单编号
    copNo           cop_no              C..30    Y  -                企业唯一编号  own number
    preNo           pre_no              C18      N  -                电子口岸编号  pre-entry no.
    invtNo          list_no             C..20    N  -                清单编号
    ieFlag          ie_flag             C1       Y  ie_flags         进出口标记
    portCode        port_code           C4       Y  districts        出口口岸代码
    ieDate          ie_date             C8       Y  -                出口日期  in or out
    statisticsFlag  statistics_flag     C1       Y  list_kinds       申报业务类型
    agentCode       declarant_code      C..18    Y  -                申报企业代码
    agentName       declarant_name      C..100   Y  -                申报企业名称
    ebcCode         ebc_code            C..18    Y  -                收发货人代码
    ebcName         ebc_name            C..100   Y  -                收发货人名称
    ownerCode       producer_code       C..18    Y  -                生产销售企业代码
    ownerName       producer_name       C..100   Y  -                生产销售企业名称
    iacCode         zone_code           C..18    N  -                区内企业代码
    iacName         zone_name           C..100   N  -                区内企业名称
    emsNo           account_book_no     C..30    N  -                账册编号
    tradeMode       trade_mode          C4       Y  trade_modes      贸易方式
    trafMode        transport_mode      C1~      Y  transport_modes  运输方式
    trafName        transport_name      C..100   N  -                运输工具名称
    voyageNo        voyage_no           C..32    N  -                航班航次号
    billNo          bill_no             C..37    N  -                提运单号  master bill
    totalPackageNo  total_package_no    C..37    N  -                总包号                     bag
    loctNo          site_code           C..10    N  -                监管场所代码
    licenseNo       license_no          C..19    N  -                许可证号
    country         country             C3       Y  countries        运抵国（地区）
    POD             destination_port    C3..4~   Y  ports            指运港代码
    freight         freight             N19,5    Y  -                运费
    fCurrency       freight_currency    C3       Y  currencies       运费币制
    fFlag           freight_flag        C1=3     Y  fee_flags        运费标志
    insuredFee      insurance           N19,5    Y  -                保费
    iCurrency       insurance_currency  C3       Y  currencies       保费币制
    iFlag           insurance_flag      C1=3     Y  fee_flags        保费标志
    wrapType        packing             C1~      Y  packings         包装种类代码
    packNo          pack_count          N9       Y  -                件数
    grossWeight     gross_weight        N19,5    Y  -                毛重（公斤）               kg
    netWeight       net_weight          N19,5    Y  -                净重（公斤）               kg
    note            note                C..1000  N  -                备注  remark
    """)),
    Block("InventoryList", fields("""
    gnum          line_no             N5       Y  -                商品序号
    itemNo        item_no             C..20    Y  -                企业商品货号
    itemRecordNo  record_item_no      C..30    N  -                账册备案料号
    itemName      item_name           C..250   N  -                企业商品名称
    gcode         commodity_code      C10      Y  commodity_codes  商品编码
    gname         commodity_name      C..250   Y  -                商品名称
    gmodel        specification       C..250~  Y  -                规格型号
    barCode       barcode             C..50~   Y  -                条形码
    country       country             C3       Y  countries        目的国（地区）代码
    currency      currency            C3       Y  currencies       币制
    qty           quantity            N19,5    Y  -                申报数量
    qty1          statutory_quantity  N19,5    Y  -                法定数量
    qty2          second_quantity     N19,5    N  -                第二数量
    unit          unit                C3       Y  units            申报计量单位
    unit1         statutory_unit      C3       Y  units            法定计量单位
    unit2         second_unit         C..3     N  units            第二计量单位
    price         price               N19,5    Y  -                单价
    totalPrice    total_price         N19,5    Y  -                总价
    note          note                C..1000  N  -                备注                remark
    """), most=100),
)), transfer=True, signature="optional",
)  # fmt: skip

CEB604 = Message(
    "CEB604Message", "Receipt of export list", "出口清单回执", "export",
    Record("InventoryReturn", fields=fields("""
    guid            guid             C36      Y  -               系统唯一序号  id
    agentCode       declarant_code   C..18    Y  -               申报企业代码
    copNo           cop_no           C..30    Y  -               企业唯一编号  own number
    preNo           pre_no           C18      Y  -               电子口岸编号  pre-entry no.
    invtNo          list_no          C..20    Y  -               清单编号
    ebcCode         ebc_code         C..18    Y  -               收发货人代码
    ebpCode         platform_code    C..18    Y  -               电商平台代码
    orderNo         order_no         C..60    Y  -               订单编号
    statisticsFlag  statistics_flag  C1       Y  list_kinds      申报业务类型
    returnStatus    return_status    C1..10   Y  receipt_states  回执状态
    returnTime      return_time      C17      Y  -               回执时间      answered at
    returnInfo      return_info      C..1000  Y  -               回执信息      answer
    """)),
)  # fmt: skip

CEB605 = Message(
    "CEB605Message", "Export cancel application", "出口撤销申请单", "export",
    Record("InvtCancel", fields=fields("""
    guid         guid            C36       Y  -             系统唯一序号    id
    appType      app_type        C1        Y  app_types     报送类型        operation
    appTime      app_time        C14       Y  -             报送时间        sent at
    appStatus    app_status      C1        Y  app_statuses  报送状态
    customsCode  customs_code    C4        Y  districts     申报地海关代码
    copNo        cop_no          C..30     Y  -             企业唯一编号    own number
    preNo        pre_no          C18       N  -             电子口岸编号    pre-entry no.
    invtNo       list_no         C..20     Y  -             原清单编号
    reason       reason          C..1000~  Y  -             撤单原因
    agentCode    declarant_code  C..18     Y  -             申报企业代码
    agentName    declarant_name  C..100    Y  -             申报企业名称
    ebcCode      ebc_code        C..18     Y  -             收发货人代码
    ebcName      ebc_name        C..100    Y  -             收发货人名称
    note         note            C..1000   N  -             备注            remark
    """)), transfer=True, signature="optional",
)  # fmt: skip

CEB606 = Message(
    "CEB606Message", "Receipt of export cancel application", "出口撤销申请单回执", "export",
    Record("InvtCancelReturn", fields=fields("""
    guid          guid            C36      Y  -               系统唯一序号  id
    agentCode     declarant_code  C..18    Y  -               申报企业代码
    copNo         cop_no          C..30    Y  -               企业唯一编号  own number
    preNo         pre_no          C18      Y  -               电子口岸编号  pre-entry no.
    invtNo        list_no         C..20    Y  -               原清单编号
    returnStatus  return_status   C1..10   Y  receipt_states  回执状态
    returnTime    return_time     C17      Y  -               回执时间      answered at
    returnInfo    return_info     C..1000  Y  -               回执信息      answer
    """)),
)  # fmt: skip

CEB607 = Message(
    "CEB607Message", "Master waybill of lists", "清单总分单", "export",
    Record("WayBill", (
    Block("WayBillHead", fields("""
    guid            guid                   C36      Y  -                系统唯一序号      id
    appType         app_type               C1       Y  app_types        报送类型          operation
    appTime         app_time               C14      Y  -                报送时间          sent at
    appStatus       app_status             C1       Y  app_statuses     报送状态
    customsCode     customs_code           C4       Y  districts        申报地海关代码
    copNo           cop_no                 C..30    Y  -                企业唯一编号      own number
    preNo           pre_no                 C18      N  -                电子口岸编号  pre-entry no.
    agentCode       declarant_code         C..18    Y  -                申报企业代码
    agentName       declarant_name         C..100   Y  -                申报企业名称
    loctNo          site_code              C..10    N  -                监管场所代码
    trafMode        transport_mode         C1~      Y  transport_modes  运输方式
    trafName        transport_name         C..100~  Y  -                运输工具名称
    voyageNo        voyage_no              C..32~   Y  -                航班航次号
    billNo          bill_no                C..37    Y  -                提运单号  master bill
    domesticTrafNo  domestic_transport_no  C..100   N  -                境内运输工具编号
    grossWeight     gross_weight           N19,5    Y  -                毛重（公斤）      kg
    logisticsCode   logistics_code         C..18    Y  -                物流企业代码
    logisticsName   logistics_name         C..100   Y  -                物流企业名称
    msgCount        msg_count              N9       Y  -                报文总数          parts
    msgSeqNo        msg_seq_no             N9       Y  -                报文序号  number of part
    note            note                   C..1000  N  -                备注              remark
    """)),
    Block("WayBillList", fields("""
    gnum            line_no           N5       Y  -  序号
    totalPackageNo  total_package_no  C..60    N  -  总包号        bag
    logisticsNo     waybill_no        C..32    Y  -  物流运单编号
    invtNo          list_no           C..20    N  -  出口清单编号
    note            note              C..1000  N  -  备注          remark
    """), most=None),
)), transfer=True, signature="optional",
)  # fmt: skip

CEB608 = Message(
    "CEB608Message", "Receipt of master waybill of lists", "清单总分单回执", "export",
    Record("WayBillReturn", fields=fields("""
    guid           guid            C36      Y  -               系统唯一序号  id
    agentCode      declarant_code  C..18    Y  -               申报企业代码
    logisticsCode  logistics_code  C..18    Y  -               物流企业代码
    copNo          cop_no          C..30    Y  -               企业唯一编号  own number
    preNo          pre_no          C18      Y  -               电子口岸编号  pre-entry no.
    billNo         bill_no         C..37    Y  -               提运单号      master bill
    msgSeqNo       msg_seq_no      N9       Y  -               报文序号      number of part
    returnStatus   return_status   C1..10   Y  receipt_states  回执状态
    returnTime     return_time     C17      Y  -               回执时间      answered at
    returnInfo     return_info     C..1000  Y  -               回执信息      answer
    """)),
)  # fmt: skip

CEB701 = Message(
    "CEB701Message", "Summary application", "汇总申请单", "export",
    Record("SummaryApply", (
    Block("SummaryApplyHead", fields("""
    guid           guid             C36      Y  -              系统唯一序号      id
    appType        app_type         C1       Y  app_types      报送类型          operation
    appTime        app_time         C14      Y  -              报送时间          sent at
    appStatus      app_status       C1|2     Y  app_statuses   报送状态
    customsCode    customs_code     C4       Y  districts      申报地海关代码
    copNo          cop_no           C..30    Y  -              企业唯一编号      own number
    preNo          pre_no           C..18    N  -              电子口岸编号      pre-entry no.
    sumNo          summary_no       C..18    N  -              汇总申请编号
    agentCode      declarant_code   C..18    Y  -              申报单位代码
    agentName      declarant_name   C..100   Y  -              申报单位名称
    ebcCode        ebc_code         C..18    Y  -              收发货人代码
    ebcName        ebc_name         C..100   Y  -              收发货人名称
    declAgentCode  decl_agent_code  C..18    Y  -              报关单位代码
    declAgentName  decl_agent_name  C..100   Y  -              报关单位名称
    startTime      start_time       C14      N  -              汇总开始时间
    endTime        end_time         C14      N  -              汇总结束时间
    loctNo         site_code        C..10    N  -              监管场所代码
    summaryFlag    summary_flag     C1       Y  summary_flags  收发货人汇总标志
    itemNameFlag   item_name_flag   C1       Y  summary_flags  按商品名汇总标志
    msgCount       msg_count        N9       Y  -              报文总数          parts
    msgSeqNo       msg_seq_no       N9       Y  -              报文序号          number of part
    note           note             C..1000  N  -              备注              remark
    """)),
    Block("SummaryApplyList", fields("""
    invtNo  list_no  C..20  Y  -  清单编号
    """), least=0, most=None),
)), transfer=True, signature="optional",
)  # fmt: skip

CEB702 = Message(
    "CEB702Message", "Receipt of summary application", "汇总申请单回执", "export",
    Record("SummaryReturn", fields=fields("""
    guid          guid            C36      Y  -               系统唯一序号  id
    agentCode     declarant_code  C..18    Y  -               申报企业代码
    ebcCode       ebc_code        C..18    Y  -               收发货人代码
    copNo         cop_no          C..30    Y  -               企业唯一编号  own number
    preNo         pre_no          C18      Y  -               电子口岸编号  pre-entry no.
    sumNo         summary_no      C18      N  -               汇总申请编号
    msgSeqNo      msg_seq_no      N9       Y  -               报文序号      number of part
    returnStatus  return_status   C1..10   Y  receipt_states  回执状态
    returnTime    return_time     C17      Y  -               回执时间      answered at
    returnInfo    return_info     C..1000  Y  -               回执信息      answer
    """)),
)  # fmt: skip

CEB792 = Message(
    "CEB792Message", "Summary result", "汇总结果单", "export",
    Record("SummaryResult", (
    Block("SummaryResultHead", fields("""
    guid           guid             C36      Y  -          系统唯一序号        id
    customsCode    customs_code     C4       Y  districts  申报地海关代码
    sumNo          summary_no       C18      Y  -          汇总申请编号
    opDate         op_date          C17      Y  -          汇总处理时间        done at
    declSeqNo      decl_seq_no      C18      Y  -          汇总统一编号        unified no.
    decTmpNo       dec_tmp_no       C18      N  -          电子口岸暂存编号    staging no.
    decPreNo       dec_pre_no       C18      N  -          电子口岸预录入编号  pre-entry no.
    entryId        entry_id         C18      N  -          报关单编号          declaration no.
    decState       dec_state        C1..3    Y  -          报关单状态          its state
    agentCode      declarant_code   C..18    Y  -          申报企业代码
    agentName      declarant_name   C..100   Y  -          申报企业名称
    ebcCode        ebc_code         C..18    Y  -          收发货人代码
    ebcName        ebc_name         C..100   Y  -          收发货人名称
    declAgentCode  decl_agent_code  C..18    Y  -          报关单位代码
    declAgentName  decl_agent_name  C..100   Y  -          报关单位名称
    grossWeight    gross_weight     N19,5    Y  -          毛重（公斤）        kg
    netWeight      net_weight       N19,5    Y  -          净重（公斤）        kg
    msgCount       msg_count        N9       Y  -          报文总数            parts
    msgSeqNo       msg_seq_no       N9       Y  -          报文序号            number of part
    note           note             C..1000  N  -          备注                remark
    """)),
    Block("SummaryResultList", fields("""
    invtNo       list_no         C..20  Y  -                清单编号
    logisticsNo  waybill_no      C..32  Y  -                物流运单编号
    gseqno       gseqno          N5     Y  -                汇总结果单顺序号  running no.
    gnum         line_no         N5     Y  -                清单商品项号
    gcode        commodity_code  C10    Y  commodity_codes  清单商品编码
    """), least=0, most=None),
)),
)  # fmt: skip

CEB213 = Message(
    "CEB213Message", "Export return application", "零售出口退货申请单", "export",
    Record("InvtRefund", (
    Block("InvtRefundHead", fields("""
    guid           guid            C36     Y  -                系统唯一序号              id
    appType        app_type        C1      Y  app_types        报送类型                  operation
    appTime        app_time        C14     Y  -                报送时间                  sent at
    appStatus      app_status      C1      Y  app_statuses     报送状态
    customsCode    customs_code    C4      Y  districts        关区代码
    loctNo         site_code       C..10   N  -                监管场所代码
    ebpCode        platform_code   C..18   Y  -                电商平台代码
    ebpName        platform_name   C..100  Y  -                电商平台名称
    ebcCode        ebc_code        C..18   Y  -                电商企业（收发货人）代码
    ebcName        ebc_name        C..100  Y  -                电商企业（收发货人）名称
    logisticsNo    waybill_no      C..80   Y  -                物流运单号
    logisticsCode  logistics_code  C..18   Y  -                物流企业代码
    logisticsName  logistics_name  C..100  Y  -                物流企业名称
    coElNo         cop_no          C..30   Y  -                企业内部标识              own number
    preNo          pre_no          C..18   N  -                电子口岸编号  pre-entry no.
    invtNo         list_no         C..20   Y  -                原清单号
    tradeMode      trade_mode      C4      N  trade_modes      退货监管方式
    agentCode      declarant_code  C..18   Y  -                申报企业代码
    agentName      declarant_name  C..100  Y  -                申报企业名称
    billNo         bill_no         C..37   Y  -                提运单号                  master bill
    ieFlag         ie_flag         C..1    Y  ie_flags         进出口标识
    trafMode       transport_mode  C..1    Y  transport_modes  运输方式
    trafName       transport_name  C..100  Y  -                运输工具名称
    portCode       port_code       C..4    Y  districts        进出口岸
    reason         reason          C..500  Y  -                退货原因
    country        country         C..3    Y  countries        启运国（地区）
    voyageNo       voyage_no       C..32   Y  -                航班航次
    note           note            C..500  N  -                备注                      remark
    """)),
    Block("InvtRefundList", fields("""
    gnum    line_no             N4      Y  -                商品项号
    gcode   commodity_code      C..10   Y  commodity_codes  商品编码
    gname   commodity_name      C..250  Y  -                商品名称
    gmodel  specification       C..250  Y  -                规格型号
    qty     quantity            N19,5   Y  -                申报数量
    qty1    statutory_quantity  N19,5   Y  -                法定数量
    unit    unit                C3      Y  units            申报计量单位
    unit1   statutory_unit      C3      Y  units            法定计量单位
    qty2    second_quantity     N19,5   N  -                法定第二数量
    unit2   second_unit         C3      N  units            法定第二计量单位
    note    note                C..500  N  -                备注              remark
    """), most=100),
)), transfer=True, signature="optional",
)  # fmt: skip

CEB214 = Message(
    "CEB214Message", "Receipt of export return application", "零售出口退货申请单回执", "export",
    Record("RefundReturn", fields=fields("""
    guid          guid            C36      Y  -               系统唯一序号  id
    ebpCode       platform_code   C..18    N  -               电商平台代码
    ebcCode       ebc_code        C..18    N  -               电商企业代码
    agentCode     declarant_code  C..18    Y  -               申报企业代码
    coElNo        cop_no          C..30    Y  -               企业内部编号  own number
    preNo         pre_no          C..18    N  -               电子口岸编号  pre-entry no.
    invtNo        list_no         C..20    Y  -               清单编号
    returnStatus  return_status   C..10    Y  receipt_states  回执状态
    returnTime    return_time     C17      Y  -               回执时间      answered at
    returnInfo    return_info     C..1000  Y  -               回执信息      answer
    """)),
)  # fmt: skip

MESSAGES = (
    CEB603, CEB604, CEB605, CEB606, CEB607, CEB608, CEB701, CEB702, CEB792, CEB213, CEB214,
)  # fmt: skip
