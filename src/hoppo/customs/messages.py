"""The messages of customs, import side: lists, cancelling, returns; and the format receipt.

Edition 202205. The notation of the tables is told in `hoppo.wire.table`.
"""

from hoppo.wire.table import Block, Message, Record, fields

CEB621 = Message(
    "CEB621Message", "Import list", "进口清单", "import",
    Record("Inventory", (
    Block("InventoryHead", fields("""
    guid              guid               C36      Y  -                系统唯一序号    id
    appType           app_type           C1       Y  app_types        报送类型        operation
    appTime           app_time           C14      Y  -                报送时间        sent at
    appStatus         app_status         C1..3    Y  app_statuses     业务状态
    orderNo           order_no           C1..60   Y  -                订单编号
    ebpCode           platform_code      C1..18   Y  -                电商平台代码
    ebpName           platform_name      C1..100  Y  -                电商平台名称
    ebcCode           ebc_code           C1..18   Y  -                电商企业代码
    ebcName           ebc_name           C1..100  Y  -                电商企业名称
    logisticsNo       waybill_no         C1..60   Y  -                物流运单编号
    logisticsCode     logistics_code     C1..18   Y  -                物流企业代码
    logisticsName     logistics_name     C1..100  Y  -                物流企业名称
    copNo             cop_no             C..20    N  -                企业内部编号    own number
    preNo             pre_no             C..18    N  -                预录入编号      pre-entry no.
    assureCode        guarantor_code     C1..30   Y  -                担保企业编号
    emsNo             account_book_no    C..30    N  -                账册编号
    invtNo            list_no            C..18    N  -                清单编号
    ieFlag            ie_flag            C1       Y  ie_flags         进出口标记
    declTime          declared_on        C8       Y  -                申报日期        day
    customsCode       customs_code       C4       Y  districts        申报海关代码
    portCode          port_code          C4       Y  districts        口岸海关代码
    ieDate            ie_date            C8       N  -                进口日期        in or out
    buyerIdType       buyer_id_type      C1       Y  id_types         订购人证件类型
    buyerIdNumber     buyer_id_number    C1..60   Y  -                订购人证件号码
    buyerName         buyer_name         C1..60   Y  -                订购人姓名
    buyerTelephone    buyer_telephone    C1..30   Y  -                订购人电话
    consigneeAddress  consignee_address  C1..200  Y  -                收件地址
    agentCode         declarant_code     C1..18   Y  -                申报企业代码
    agentName         declarant_name     C1..100  Y  -                申报企业名称
    areaCode          zone_code          C..18    N  -                区内企业代码
    areaName          zone_name          C..100   N  -                区内企业名称
    tradeMode         trade_mode         C4       Y  trade_modes      贸易方式
    trafMode          transport_mode     C1       Y  transport_modes  运输方式
    trafNo            transport_no       C..100   N  -                运输工具编号
    voyageNo          voyage_no          C..32    N  -                航班航次号
    billNo            bill_no            C..37    N  -                提运单号        master bill
    loctNo            site_code          C..10    N  -                监管场所代码
    licenseNo         license_no         C..19    N  -                许可证件号
    country           country            C3       Y  countries        起运国（地区）
    freight           freight            N19,5    Y  -                运费
    insuredFee        insurance          N19,5    Y  -                保费
    currency          currency           C3=142   Y  currencies       币制
    wrapType          packing            C1       N  packings         包装种类代码
    packNo            pack_count         N9       Y  -                件数
    grossWeight       gross_weight       N19,5    Y  -                毛重（公斤）    kg
    netWeight         net_weight         N19,5    Y  -                净重（公斤）    kg
    note              note               C..1000  N  -                备注            remark
    """)),
    Block("InventoryList", fields("""
    gnum          line_no             N        Y  -                序号
    itemRecordNo  record_item_no      C..30    N  -                账册备案料号
    itemNo        item_no             C..20    N  -                企业商品货号
    itemName      item_name           C..250   N  -                企业商品品名
    gcode         commodity_code      C10      Y  commodity_codes  商品编码
    gname         commodity_name      C1..250  Y  -                商品名称
    gmodel        specification       C1..510  Y  -                商品规格型号
    barCode       barcode             C..50    N  -                条码
    country       country             C3       Y  countries        原产国（地区）
    tradeCountry  trade_country       C1..3    N  countries        贸易国
    currency      currency            C3=142   Y  currencies       币制
    qty           quantity            N19,5    Y  -                数量
    unit          unit                C3       Y  units            计量单位
    qty1          statutory_quantity  N19,5    Y  -                法定数量
    unit1         statutory_unit      C3       Y  units            法定计量单位
    qty2          second_quantity     N19,5    N  -                第二数量
    unit2         second_unit         C3       N  units            第二计量单位
    price         price               N19,5    Y  -                单价
    totalPrice    total_price         N19,5    Y  -                总价
    note          note                C..1000  N  -                备注            remark
    """), most=99),
)), transfer=True, signature="required",
)

CEB622 = Message(
    "CEB622Message", "Receipt of import list", "进口清单回执", "import",
    Record("InventoryReturn", fields=fields("""
    guid          guid            C36       Y  -               系统唯一序号  id
    customsCode   customs_code    C4        N  districts       申报海关代码
    ebpCode       platform_code   C1..18    N  -               电商平台代码
    ebcCode       ebc_code        C1..18    N  -               电商企业代码
    agentCode     declarant_code  C1..18    N  -               申报企业代码
    copNo         cop_no          C1..20    Y  -               企业内部编号  own number
    preNo         pre_no          C18       Y  -               预录入编号    pre-entry no.
    invtNo        list_no         C18       N  -               清单编号
    returnStatus  return_status   C1..10    Y  receipt_states  回执状态
    returnTime    return_time     C17       Y  -               回执时间      answered at
    returnInfo    return_info     C1..1000  Y  -               回执信息      answer
    """)),
)

CEB623 = Message(
    "CEB623Message", "Import cancel application", "撤销申请单", "import",
    Record("InvtCancel", fields=fields("""
    guid            guid             C36       Y  -             系统唯一序号    id
    appType         app_type         C1        Y  app_types     报送类型        operation
    appTime         app_time         C14       Y  -             报送时间        sent at
    appStatus       app_status       C1..3     Y  app_statuses  业务状态
    customsCode     customs_code     C4        Y  districts     申报海关代码
    orderNo         order_no         C1..60    Y  -             订单编号
    ebpCode         platform_code    C1..18    Y  -             电商平台代码
    ebpName         platform_name    C1..100   Y  -             电商平台名称
    ebcCode         ebc_code         C1..18    Y  -             电商企业代码
    ebcName         ebc_name         C1..100   Y  -             电商企业名称
    logisticsNo     waybill_no       C1..60    Y  -             物流运单编号
    logisticsCode   logistics_code   C1..18    Y  -             物流企业代码
    logisticsName   logistics_name   C1..100   Y  -             物流企业名称
    copNo           cop_no           C..20     N  -             企业内部编号    own number
    preNo           pre_no           C..18     N  -             预录入编号      pre-entry no.
    invtNo          list_no          C1..18    Y  -             清单编号
    buyerIdType     buyer_id_type    C1        Y  id_types      订购人证件类型
    buyerIdNumber   buyer_id_number  C1..60    Y  -             订购人证件号码
    buyerName       buyer_name       C1..60    Y  -             订购人姓名
    buyerTelephone  buyer_telephone  C1..30    Y  -             订购人电话
    agentCode       declarant_code   C1..18    Y  -             申报企业代码
    agentName       declarant_name   C1..100   Y  -             申报企业名称
    reason          reason           C1..1000  Y  -             撤单原因
    note            note             C..1000   N  -             备注            remark
    """)), transfer=True, signature="required",
)

CEB624 = Message(
    "CEB624Message", "Receipt of cancel application", "撤销申请单回执", "import",
    Record("InvtCancelReturn", fields=fields("""
    guid          guid            C36       Y  -               系统唯一序号  id
    customsCode   customs_code    C4        N  districts       申报海关代码
    agentCode     declarant_code  C1..18    N  -               申报企业代码
    ebpCode       platform_code   C1..18    N  -               电商平台代码
    ebcCode       ebc_code        C1..18    N  -               电商企业代码
    copNo         cop_no          C1..20    Y  -               企业内部编号  own number
    preNo         pre_no          C18       Y  -               预录入编号    pre-entry no.
    invtNo        list_no         C18       N  -               清单编号
    returnStatus  return_status   C1..10    Y  receipt_states  回执状态
    returnTime    return_time     C17       Y  -               回执时间      answered at
    returnInfo    return_info     C1..1000  Y  -               回执信息      answer
    """)),
)

CEB625 = Message(
    "CEB625Message", "Import return application", "退货申请单", "import",
    Record("InvtRefund", (
    Block("InvtRefundHead", fields("""
    guid            guid             C36       Y  -             系统唯一序号    id
    appType         app_type         C1        Y  app_types     报送类型        operation
    appTime         app_time         C14       Y  -             报送时间        sent at
    appStatus       app_status       C1..3     Y  app_statuses  业务状态
    customsCode     customs_code     C4        Y  districts     申报海关代码
    orderNo         order_no         C1..60    Y  -             订单编号
    ebpCode         platform_code    C1..18    Y  -             电商平台代码
    ebpName         platform_name    C1..100   Y  -             电商平台名称
    ebcCode         ebc_code         C1..18    Y  -             电商企业代码
    ebcName         ebc_name         C1..100   Y  -             电商企业名称
    logisticsNo     waybill_no       C1..60    Y  -             物流运单编号
    logisticsCode   logistics_code   C1..18    Y  -             物流企业代码
    logisticsName   logistics_name   C1..100   Y  -             物流企业名称
    copNo           cop_no           C..20     N  -             企业内部编号    own number
    preNo           pre_no           C..18     N  -             预录入编号      pre-entry no.
    invtNo          list_no          C1..18    Y  -             清单编号
    buyerIdType     buyer_id_type    C1        Y  id_types      订购人证件类型
    buyerIdNumber   buyer_id_number  C1..60    Y  -             订购人证件号码
    buyerName       buyer_name       C1..60    Y  -             订购人姓名
    buyerTelephone  buyer_telephone  C1..30    Y  -             订购人电话
    agentCode       declarant_code   C1..18    Y  -             申报企业代码
    agentName       declarant_name   C1..100   Y  -             申报企业名称
    reason          reason           C1..1000  Y  -             退货原因
    note            note             C..1000   N  -             备注            remark
    """)),
    Block("InvtRefundList", fields("""
    gnum   line_no         N        Y  -                序号
    gcode  commodity_code  C10      Y  commodity_codes  商品编码
    gname  commodity_name  C1..250  Y  -                商品名称
    qty    quantity        N19,5    Y  -                数量
    unit   unit            C3       Y  units            计量单位
    note   note            C..1000  N  -                备注      remark
    """), most=99),
)), transfer=True, signature="required",
)

CEB626 = Message(
    "CEB626Message", "Receipt of return application", "退货申请单回执", "import",
    Record("InvtRefundReturn", fields=fields("""
    guid          guid            C36       Y  -               系统唯一序号  id
    customsCode   customs_code    C4        N  districts       申报海关代码
    agentCode     declarant_code  C1..18    N  -               申报企业代码
    ebpCode       platform_code   C1..18    N  -               电商平台代码
    ebcCode       ebc_code        C1..18    N  -               电商企业代码
    copNo         cop_no          C1..20    Y  -               企业内部编号  own number
    preNo         pre_no          C18       Y  -               预录入编号    pre-entry no.
    invtNo        list_no         C18       N  -               清单编号
    returnStatus  return_status   C1..10    Y  receipt_states  回执状态
    returnTime    return_time     C17       Y  -               回执时间      answered at
    returnInfo    return_info     C1..1000  Y  -               回执信息      answer
    """)),
)

CEB900 = Message(
    "CEB900Message", "Format receipt", "报文格式校验回执", "both",
    Record("MessageReturn", fields=fields("""
    guid            guid              C36      Y  -               系统唯一序号            id
    returnStatus    return_status     C1..10   Y  receipt_states  回执状态
    returnInfo      return_info       C..5000  Y  -               回执详细信息            answer
    returnTime      return_time       C17      Y  -               操作时间  answered at
    oriCopMsgId     ori_cop_msg_id    C..255   Y  -               原始传输报文的copMsgId
    oriMessageType  ori_message_type  C..15    Y  -               原始报文类型            its type
    oriBizMessage   ori_biz_message   C        Y  -               原始报文内容            its text
    """), most=1),
)

MESSAGES = (
    CEB621, CEB622, CEB623, CEB624, CEB625, CEB626, CEB900,
)
