"""The messages of goods: waybills, what arrives, leaves and is stored, and their receipts.

Edition 202205. The notation of the tables is told in `hoppo.wire.table`.
"""

from hoppo.wire.table import Block, Message, Record, fields

CEB511 = Message(
    "CEB511Message", "Import waybill", "进口物流运单", "import",
    Record("Logistics", (
    Block("LogisticsHead", fields("""
    guid                guid                 C36      Y  -             系统唯一序号  id
    appType             app_type             C1       Y  app_types     报送类型      operation
    appTime             app_time             C14      Y  -             报送时间      sent at
    appStatus           app_status           C1..3    Y  app_statuses  业务状态
    logisticsCode       logistics_code       C1..18   Y  -             物流企业代码
    logisticsName       logistics_name       C1..100  Y  -             物流企业名称
    logisticsNo         waybill_no           C1..60   Y  -             物流运单编号
    billNo              bill_no              C..37    N  -             提运单号      master bill
    orderNo             order_no             C1..60   Y  -             订单编号
    freight             freight              N19,5    N  -             运费
    insuredFee          insurance            N19,5    N  -             保价费
    currency            currency             C3=142   Y  currencies    币制
    weight              gross_weight         N19,5    Y  -             毛重          kg
    packNo              pack_count           N9       Y  -             件数
    goodsInfo           goods_info           C..200   N  -             主要货物信息
    consignee           consignee            C1..100  Y  -             收货人姓名
    consigneeAddress    consignee_address    C1..200  Y  -             收货地址
    consigneeTelephone  consignee_telephone  C1..50   Y  -             收货人电话
    note                note                 C..1000  N  -             备注          remark
    """)),
)), transfer=True, signature="optional",
)

CEB512 = Message(
    "CEB512Message", "Receipt of import waybill", "运单回执", "import",
    Record("LogisticsReturn", fields=fields("""
    guid           guid            C36       Y  -               系统唯一序号  id
    logisticsCode  logistics_code  C1..18    Y  -               物流企业代码
    logisticsNo    waybill_no      C1..60    Y  -               物流运单编号
    returnStatus   return_status   C1..10    Y  receipt_states  回执状态
    returnTime     return_time     C17       Y  -               回执时间      answered at
    returnInfo     return_info     C1..1000  Y  -               回执信息      answer
    """)),
)

CEB513 = Message(
    "CEB513Message", "Import waybill status", "运单状态", "import",
    Record("LogisticsStatus", fields=fields("""
    guid             guid              C36      Y  -               系统唯一序号  id
    appType          app_type          C1       Y  app_types       报送类型      operation
    appTime          app_time          C14      Y  -               报送时间      sent at
    appStatus        app_status        C1..3    Y  app_statuses    业务状态
    logisticsCode    logistics_code    C1..18   Y  -               物流企业代码
    logisticsName    logistics_name    C1..100  Y  -               物流企业名称
    logisticsNo      waybill_no        C1..60   Y  -               物流运单编号
    logisticsStatus  logistics_status  C1       Y  waybill_states  物流运单状态
    logisticsTime    logistics_time    C14      Y  -               物流状态时间
    note             note              C..1000  N  -               备注          remark
    """)), transfer=True, signature="optional",
)

CEB514 = Message(
    "CEB514Message", "Receipt of waybill status", "运单状态回执", "import",
    Record("LogisticsStatusReturn", fields=fields("""
    guid             guid              C36       Y  -               系统唯一序号  id
    logisticsCode    logistics_code    C1..18    Y  -               物流企业代码
    logisticsNo      waybill_no        C1..60    Y  -               物流运单编号
    logisticsStatus  logistics_status  C1        Y  waybill_states  物流状态
    returnStatus     return_status     C1..10    Y  receipt_states  回执状态
    returnTime       return_time       C17       Y  -               回执时间      answered at
    returnInfo       return_info       C1..1000  Y  -               回执信息      answer
    """)),
)

CEB711 = Message(
    "CEB711Message", "Warehouse-in detail", "入库明细单", "import",
    Record("Delivery", (
    Block("DeliveryHead", fields("""
    guid            guid             C36      Y  -                系统唯一序号        id
    appType         app_type         C1       Y  app_types        报送类型            operation
    appTime         app_time         C14      Y  -                报送时间            sent at
    appStatus       app_status       C1..3    Y  app_statuses     业务状态
    customsCode     customs_code     C4       Y  districts        申报海关代码
    copNo           cop_no           C..20    N  -                企业内部编号        own number
    preNo           pre_no           C..18    N  -                预录入编号          pre-entry no.
    rkdNo           warehouse_in_no  C..18    N  -                入库单编号
    operatorCode    operator_code    C1..18   Y  -                监管场所经营人代码
    operatorName    operator_name    C1..100  Y  -                监管场所经营人名称
    ieFlag          ie_flag          C1       Y  ie_flags         进出口标记
    trafMode        transport_mode   C1       Y  transport_modes  运输方式
    trafNo          transport_no     C1..100  Y  -                运输工具编号
    voyageNo        voyage_no        C1..32   Y  -                航班航次号
    billNo          bill_no          C1..37   Y  -                提运单号            master bill
    logisticsCode   logistics_code   C1..18   Y  -                物流企业代码
    logisticsName   logistics_name   C1..100  Y  -                物流企业名称
    unloadLocation  unload_location  C..100   N  -                卸货库位
    note            note             C..1000  N  -                备注                remark
    """)),
    Block("DeliveryList", fields("""
    gnum         line_no     N        Y  -  序号
    logisticsNo  waybill_no  C1..60   Y  -  物流运单编号
    note         note        C..1000  N  -  备注          remark
    """), most=None),
), most=1), transfer=True, signature="required",
)

CEB712 = Message(
    "CEB712Message", "Receipt of warehouse-in detail", "入库明细单回执", "import",
    Record("DeliveryReturn", fields=fields("""
    guid          guid             C36       Y  -               系统唯一序号        id
    customsCode   customs_code     C4        N  districts       申报海关代码
    operatorCode  operator_code    C1..18    N  -               监管场所经营人代码
    copNo         cop_no           C..20     N  -               企业内部编号        own number
    preNo         pre_no           C..18     N  -               预录入编号          pre-entry no.
    rkdNo         warehouse_in_no  C..18     N  -               入库单编号
    returnStatus  return_status    C1..10    Y  receipt_states  回执状态
    returnTime    return_time      C17       Y  -               回执时间            answered at
    returnInfo    return_info      C1..1000  Y  -               回执信息            answer
    """)),
)

CEB505 = Message(
    "CEB505Message", "Export waybill", "出口物流运单", "export",
    Record("Logistics", fields=fields("""
    guid           guid            C36      Y  -             系统唯一序号  id
    appType        app_type        C1       Y  app_types     报送类型      operation
    appTime        app_time        C14      Y  -             报送时间      sent at
    appStatus      app_status      C1|2     Y  app_statuses  报送状态
    logisticsCode  logistics_code  C..18    Y  -             物流企业代码
    logisticsName  logistics_name  C..100   Y  -             物流企业名称
    logisticsNo    waybill_no      C..32    Y  -             物流运单编号
    freight        freight         N19,5    Y  -             运费
    insuredFee     insurance       N19,5    Y  -             保价费
    currency       currency        C3       Y  currencies    币制
    grossWeight    gross_weight    N19,5    Y  -             毛重          kg
    packNo         pack_count      N9       Y  -             件数
    goodsInfo      goods_info      C..200~  Y  -             主要货物信息
    ebcCode        ebc_code        C..18    N  -             电商企业代码
    ebcName        ebc_name        C..100   N  -             电商企业名称
    ebcTelephone   ebc_telephone   C..50    N  -             电商企业电话
    note           note            C..1000  N  -             备注          remark
    """)), transfer=True, signature="optional",
)

CEB506 = Message(
    "CEB506Message", "Receipt of export waybill", "出口运单回执", "export",
    Record("LogisticsReturn", fields=fields("""
    guid           guid            C36      Y  -               系统唯一序号  id
    logisticsCode  logistics_code  C..18    Y  -               物流企业代码
    logisticsNo    waybill_no      C..32    Y  -               物流运单编号
    returnStatus   return_status   C1..10   Y  receipt_states  回执状态
    returnTime     return_time     C17      Y  -               回执时间      answered at
    returnInfo     return_info     C..1000  Y  -               回执信息      answer
    """)),
)

CEB507 = Message(
    "CEB507Message", "Arrival at site", "运抵单", "export",
    Record("Arrival", (
    Block("ArrivalHead", fields("""
    guid            guid                   C36      Y  -                系统唯一序号        id
    appType         app_type               C1       Y  app_types        报送类型  operation
    appTime         app_time               C14      Y  -                报送时间            sent at
    appStatus       app_status             C1|1     Y  app_statuses     报送状态
    customsCode     customs_code           C4       Y  districts        申报地海关代码
    copNo           cop_no                 C..30    Y  -                企业唯一编号  own number
    preNo           pre_no                 C18      N  -                电子口岸编号  pre-entry no.
    operatorCode    operator_code          C..18    Y  -                监管场所经营人代码
    operatorName    operator_name          C..100   Y  -                监管场所经营人名称
    loctNo          site_code              C..10    N  -                监管场所代码
    ieFlag          ie_flag                C1       Y  ie_flags         进出口标记
    trafMode        transport_mode         C1~      Y  transport_modes  运输方式
    billNo          bill_no                C..37    N  -                提运单号  master bill
    domesticTrafNo  domestic_transport_no  C..100~  Y  -                境内运输工具编号
    logisticsCode   logistics_code         C..18    Y  -                物流企业代码
    logisticsName   logistics_name         C..100   Y  -                物流企业名称
    msgCount        msg_count              N9       Y  -                报文总数            parts
    msgSeqNo        msg_seq_no             N9       Y  -                报文序号  number of part
    note            note                   C..1000  N  -                备注                remark
    """)),
    Block("ArrivalList", fields("""
    gnum            line_no           N5       Y  -  序号
    logisticsNo     waybill_no        C..32    Y  -  物流运单编号
    totalPackageNo  total_package_no  C..37    N  -  总包号        bag
    note            note              C..1000  N  -  备注          remark
    """), least=0, most=None),
)), transfer=True, signature="optional",
)

CEB508 = Message(
    "CEB508Message", "Receipt of arrival", "运抵单回执", "export",
    Record("ArrivalReturn", fields=fields("""
    guid           guid            C36      Y  -               系统唯一序号        id
    operatorCode   operator_code   C..18    Y  -               监管场所经营人代码
    logisticsCode  logistics_code  C..18    Y  -               物流企业代码
    preNo          pre_no          C18      Y  -               电子口岸编号        pre-entry no.
    copNo          cop_no          C..30    Y  -               企业唯一编号        own number
    billNo         bill_no         C..37    Y  -               提运单号            master bill
    msgSeqNo       msg_seq_no      N9       Y  -               报文序号            number of part
    returnStatus   return_status   C1..10   Y  receipt_states  回执状态
    returnTime     return_time     C17      Y  -               回执时间            answered at
    returnInfo     return_info     C..1000  Y  -               回执信息            answer
    """)),
)

CEB509 = Message(
    "CEB509Message", "Departure", "离境单", "export",
    Record("Departure", (
    Block("DepartureHead", fields("""
    guid           guid            C36      Y  -                系统唯一序号    id
    appType        app_type        C1       Y  app_types        报送类型        operation
    appTime        app_time        C14      Y  -                报送时间        sent at
    appStatus      app_status      C1       Y  app_statuses     报送状态
    customsCode    customs_code    C4       Y  districts        申报地海关代码
    copNo          cop_no          C..30    Y  -                企业唯一编号    own number
    preNo          pre_no          C18      N  -                电子口岸编号    pre-entry no.
    logisticsCode  logistics_code  C..18    Y  -                物流企业代码
    logisticsName  logistics_name  C..100   Y  -                物流企业名称
    trafMode       transport_mode  C1~      Y  transport_modes  运输方式
    trafName       transport_name  C..100   N  -                运输工具名称
    voyageNo       voyage_no       C..32    N  -                航班航次号
    billNo         bill_no         C..37    N  -                提运单号        master bill
    leaveTime      leave_time      C14      Y  -                离境时间        left at
    msgCount       msg_count       N9       Y  -                报文总数        parts
    msgSeqNo       msg_seq_no      N9       Y  -                报文序号        number of part
    note           note            C..1000  N  -                备注            remark
    """)),
    Block("DepartureList", fields("""
    gnum            line_no           N5       Y  -  序号
    totalPackageNo  total_package_no  C..37    N  -  总包号        bag
    logisticsNo     waybill_no        C..32    Y  -  物流运单编号
    note            note              C..1000  N  -  备注          remark
    """), most=None),
)), transfer=True, signature="optional",
)

CEB510 = Message(
    "CEB510Message", "Receipt of departure", "离境单回执", "export",
    Record("DepartureReturn", fields=fields("""
    guid           guid            C36      Y  -               系统唯一序号  id
    logisticsCode  logistics_code  C..18    Y  -               物流企业代码
    copNo          cop_no          C..30    Y  -               企业唯一编号  own number
    preNo          pre_no          C18      Y  -               电子口岸编号  pre-entry no.
    msgSeqNo       msg_seq_no      N9       Y  -               报文序号      number of part
    returnStatus   return_status   C1..10   Y  receipt_states  回执状态
    returnTime     return_time     C17      Y  -               回执时间      answered at
    returnInfo     return_info     C..1000  Y  -               回执信息      answer
    """)),
)

CEB215 = Message(
    "CEB215Message", "Export return tally", "出口退运理货明细单", "export",
    Record("InvtRefundDetail", fields=fields("""
    guid           guid            C36     Y  -                系统唯一序号        id
    appType        app_type        C1      Y  app_types        报送类型            operation
    appTime        app_time        C14     Y  -                报送时间            sent at
    appStatus      app_status      C1      Y  app_statuses     报送状态
    customsCode    customs_code    C4      Y  districts        关区代码
    operatorCode   operator_code   C..18   Y  -                监管场所经营人代码
    operatorName   operator_name   C..100  Y  -                监管场所经营人名称
    logisticsCode  logistics_code  C..18   Y  -                物流企业代码
    logisticsName  logistics_name  C..100  Y  -                物流企业名称
    logisticsNo    waybill_no      C..80   Y  -                物流运单号
    invtNo         list_no         C..20   N  -                原清单号
    coElNo         cop_no          C..20   Y  -                企业内部编号        own number
    preNo          pre_no          C..18   N  -                电子口岸编号        pre-entry no.
    billNo         bill_no         C..37   Y  -                提运单号            master bill
    ieFlag         ie_flag         C1      Y  ie_flags         进出口标识
    trafMode       transport_mode  C1      Y  transport_modes  运输方式
    trafName       transport_name  C..100  Y  -                运输工具名称
    voyageNo       voyage_no       C..32   Y  -                航班航次
    location       location        C..250  N  -                卸货堆货的仓储位置  where stored
    note           note            C..250  N  -                备注                remark
    """)), transfer=True, signature="optional",
)

CEB216 = Message(
    "CEB216Message", "Receipt of export return tally", "出口退运理货明细单回执", "export",
    Record("InvtRefundDetailReturn", fields=fields("""
    guid           guid            C36      Y  -               系统唯一序号        id
    operatorCode   operator_code   C..18    Y  -               监管场所经营人代码
    logisticsCode  logistics_code  C..18    Y  -               物流企业代码
    logisticsNo    waybill_no      C..80    Y  -               物流运单号
    coElNo         cop_no          C..30    Y  -               企业内部编号        own number
    preNo          pre_no          C..18    N  -               预录入编号          pre-entry no.
    returnStatus   return_status   C..10    Y  receipt_states  回执状态
    returnTime     return_time     C17      Y  -               回执时间            answered at
    returnInfo     return_info     C..1000  Y  -               回执信息            answer
    """)),
)

MESSAGES = (
    CEB511, CEB512, CEB513, CEB514, CEB711, CEB712, CEB505, CEB506, CEB507, CEB508, CEB509,
    CEB510, CEB215, CEB216,
)
