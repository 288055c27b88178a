"""The messages of commerce: orders, payments, and their receipts.

Edition 202205. The notation of the tables is told in `hoppo.wire.table`.
"""

from hoppo.wire.table import Block, Message, Record, fields

CEB311 = Message(
    "CEB311Message", "Import order", "进口电子订单", "import",
    Record("Order", (
    Block("OrderHead", fields("""
    guid                guid                 C36      Y  -             系统唯一序号          id
    appType             app_type             C1       Y  app_types     报送类型  operation
    appTime             app_time             C14      Y  -             报送时间              sent at
    appStatus           app_status           C1..3    Y  app_statuses  业务状态
    orderType           order_type           C1       Y  order_types   订单类型
    orderNo             order_no             C1..60   Y  -             订单编号
    ebpCode             platform_code        C1..18   Y  -             电商平台代码
    ebpName             platform_name        C1..100  Y  -             电商平台名称
    ebcCode             ebc_code             C1..18   Y  -             电商企业代码
    ebcName             ebc_name             C1..100  Y  -             电商企业名称
    goodsValue          goods_value          N19,5    Y  -             商品价格
    freight             freight              N19,5    Y  -             运杂费
    discount            discount             N19,5    Y  -             非现金抵扣金额
    taxTotal            tax_withheld         N19,5    Y  -             代扣税款
    acturalPaid         actual_paid          N19,5    Y  -             实际支付金额
    currency            currency             C3=142   Y  currencies    币制
    buyerRegNo          buyer_reg_no         C1..60   Y  -             订购人注册号          account
    buyerName           buyer_name           C1..60   Y  -             订购人姓名
    buyerTelephone      buyer_telephone      C1..30   Y  -             订购人电话
    buyerIdType         buyer_id_type        C1       Y  id_types      订购人证件类型
    buyerIdNumber       buyer_id_number      C1..60   Y  -             订购人证件号码
    payCode             payment_code         C..18    N  -             支付企业代码
    payName             payment_name         C..100   N  -             支付企业名称
    payTransactionId    transaction_no       C..60    N  -             支付交易编号          payment
    batchNumbers        batch_numbers        C..100   N  -             商品批次号
    consignee           consignee            C1..100  Y  -             收货人姓名
    consigneeTelephone  consignee_telephone  C1..50   Y  -             收货人电话
    consigneeAddress    consignee_address    C1..200  Y  -             收货地址
    consigneeDistrict   consignee_district   C6       N  divisions     收货地址行政区划代码
    note                note                 C..1000  N  -             备注                  remark
    """)),
    Block("OrderList", fields("""
    gnum          line_no        N        Y  -           商品序号
    itemNo        item_no        C..30    N  -           企业商品货号
    itemName      item_name      C1..250  Y  -           企业商品名称
    gmodel        specification  C1..510  Y  -           商品规格型号
    itemDescribe  item_describe  C..1000  N  -           企业商品描述
    barCode       barcode        C..50    N  -           条形码
    unit          unit           C3       Y  units       单位
    qty           quantity       N19,5    Y  -           数量
    price         price          N19,5    Y  -           单价
    totalPrice    total_price    N19,5    Y  -           总价
    currency      currency       C3=142   Y  currencies  币制
    country       country        C3       Y  countries   原产国
    note          note           C..1000  N  -           备注          remark
    """), most=99),
)), transfer=True, signature="optional",
)

CEB312 = Message(
    "CEB312Message", "Receipt of import order", "进口订单回执", "import",
    Record("OrderReturn", fields=fields("""
    guid          guid           C36       Y  -               系统唯一序号  id
    ebpCode       platform_code  C1..18    Y  -               电商平台代码
    ebcCode       ebc_code       C1..18    Y  -               电商企业代码
    orderNo       order_no       C1..60    Y  -               订单编号
    returnStatus  return_status  C1..10    Y  receipt_states  回执状态
    returnTime    return_time    C17       Y  -               回执时间      answered at
    returnInfo    return_info    C1..1000  Y  -               回执信息      answer
    """)),
)

CEB411 = Message(
    "CEB411Message", "Import payment", "进口支付单", "import",
    Record("Payment", (
    Block("PaymentHead", fields("""
    guid              guid             C36      Y  -             系统唯一序号    id
    appType           app_type         C1       Y  app_types     报送类型        operation
    appTime           app_time         C14      Y  -             报送时间        sent at
    appStatus         app_status       C1..3    Y  app_statuses  业务状态
    payCode           payment_code     C1..18   Y  -             支付企业代码
    payName           payment_name     C1..100  Y  -             支付企业名称
    payTransactionId  transaction_no   C1..60   Y  -             支付交易编号    payment
    orderNo           order_no         C1..60   Y  -             订单编号
    ebpCode           platform_code    C1..18   Y  -             电商平台代码
    ebpName           platform_name    C1..100  Y  -             电商平台名称
    payerIdType       payer_id_type    C1       Y  id_types      支付人证件类型
    payerIdNumber     payer_id_number  C1..60   Y  -             支付人证件号码
    payerName         payer_name       C1..60   Y  -             支付人姓名
    telephone         telephone        C..60    N  -             支付人电话
    amountPaid        amount_paid      N19,5    Y  -             支付金额
    currency          currency         C3=142   Y  currencies    支付币制
    payTime           pay_time         C14      Y  -             支付时间
    note              note             C..1000  N  -             备注            remark
    """)),
)), transfer=True, signature="optional",
)

CEB412 = Message(
    "CEB412Message", "Receipt of import payment", "支付单回执", "import",
    Record("PaymentReturn", fields=fields("""
    guid              guid            C36       Y  -               系统唯一序号  id
    payCode           payment_code    C1..18    Y  -               支付企业代码
    payTransactionId  transaction_no  C1..60    Y  -               支付交易编号  payment
    returnStatus      return_status   C1..10    Y  receipt_states  回执状态
    returnTime        return_time     C17       Y  -               回执时间      answered at
    returnInfo        return_info     C1..1000  Y  -               回执信息      answer
    """)),
)

CEB303 = Message(
    "CEB303Message", "Export order", "出口电子订单", "export",
    Record("Order", (
    Block("OrderHead", fields("""
    guid        guid           C36      Y  -             系统唯一序号               id
    appType     app_type       C1       Y  app_types     报送类型                   operation
    appTime     app_time       C14      Y  -             报送时间                   sent at
    appStatus   app_status     C1|1     Y  app_statuses  报送状态
    orderType   order_type     C1       Y  order_types   订单类型
    orderNo     order_no       C..60    Y  -             电商订单/海外仓订仓单编号
    ebpCode     platform_code  C..18    Y  -             电商平台代码
    ebpName     platform_name  C..100   Y  -             电商平台/海外仓名称
    ebcCode     ebc_code       C..18    Y  -             电商企业代码
    ebcName     ebc_name       C..100   Y  -             电商企业名称
    goodsValue  goods_value    N19,5    Y  -             商品金额
    freight     freight        N19,5|0  Y  -             运杂费
    currency    currency       C3       Y  currencies    币制
    note        note           C..1000  N  -             备注                       remark
    """)),
    Block("OrderList", fields("""
    gnum          line_no        N5       Y  -           序号
    itemNo        item_no        C..30    Y  -           企业商品货号
    itemName      item_name      C..250   Y  -           企业商品名称
    itemDescribe  item_describe  C..1000  N  -           企业商品描述
    barCode       barcode        C..50    N  -           条形码
    unit          unit           C3       Y  units       计量单位
    currency      currency       C3       Y  currencies  币制
    qty           quantity       N19,5    Y  -           数量
    price         price          N19,5    Y  -           单价
    totalPrice    total_price    N19,5    Y  -           总价
    note          note           C..1000  N  -           备注          remark
    """), most=100),
)), transfer=True, signature="optional",
)

CEB304 = Message(
    "CEB304Message", "Receipt of export order", "出口订单回执", "export",
    Record("OrderReturn", fields=fields("""
    guid          guid           C36      Y  -               系统唯一序号               id
    ebpCode       platform_code  C..18    Y  -               电商平台代码
    ebcCode       ebc_code       C..18    Y  -               电商企业代码
    orderNo       order_no       C..60    Y  -               电商订单/海外仓订仓单编号
    returnStatus  return_status  C1..10   Y  receipt_states  回执状态
    returnTime    return_time    C17      Y  -               回执时间                   answered at
    returnInfo    return_info    C..1000  Y  -               回执信息                   answer
    """)),
)

CEB403 = Message(
    "CEB403Message", "Money received for exports", "出口收款单", "export",
    Record("Receipts", fields=fields("""
    guid            guid             C36      Y  -             系统唯一序号               id
    appType         app_type         C1       Y  app_types     报送类型                   operation
    appTime         app_time         C14      Y  -             报送时间                   sent at
    appStatus       app_status       C1|1     Y  app_statuses  报送状态
    ebpCode         platform_code    C..18    Y  -             电商平台代码
    ebpName         platform_name    C..100   Y  -             电商平台/海外仓名称
    ebcCode         ebc_code         C..18    Y  -             电商企业代码
    ebcName         ebc_name         C..100   Y  -             电商企业名称
    orderNo         order_no         C..60    Y  -             电商订单/海外仓订仓单编号
    payCode         payment_code     C..18    N  -             支付企业代码
    payName         payment_name     C..100   Y  -             支付企业名称
    payNo           pay_no           C..60    N  -             支付交易编号               payment
    charge          charge           N19,5    Y  -             收款金额                   received
    currency        currency         C3       Y  currencies    币制
    accountingDate  accounting_date  C14      Y  -             到账时间                   arrived
    note            note             C..1000  N  -             备注                       remark
    """)), transfer=True, signature="optional",
)

CEB404 = Message(
    "CEB404Message", "Receipt of money received", "收款单回执", "export",
    Record("ReceiptsReturn", fields=fields("""
    guid          guid           C36      Y  -               系统唯一序号               id
    ebcCode       ebc_code       C..18    Y  -               电商企业代码
    orderNo       order_no       C..60    Y  -               电商订单/海外仓订仓单编号
    payNo         pay_no         C..60    N  -               支付交易编号               payment
    returnStatus  return_status  C1..10   Y  receipt_states  回执状态
    returnTime    return_time    C17      Y  -               回执时间                   answered at
    returnInfo    return_info    C..1000  Y  -               回执信息                   answer
    """)),
)

MESSAGES = (
    CEB311, CEB312, CEB411, CEB412, CEB303, CEB304, CEB403, CEB404,
)
