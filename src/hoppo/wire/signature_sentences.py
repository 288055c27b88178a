"""What is said about signatures: habits put up with, and reasons to refuse.

The habits are those found on real signed messages (fact sheet, section 2.5). A refusal is a verdict
on the signature, never a crash.
"""

from hoppo.wire.sentence import Sentence

HABITS: dict[str, Sentence] = {
    "tail-dropped": Sentence(
        "The digest leaves out the white space after the signature.", "摘要未包含签名之后的空白。"
    ),
    "head-dropped": Sentence(
        "The digest leaves out the white space before the signature.", "摘要未包含签名之前的空白。"
    ),
    "white-space-dropped": Sentence(
        "The digest leaves out the white space on both sides of the signature.",
        "摘要未包含签名前后的空白。",
    ),
    "one-newline": Sentence(
        "The digest has one new line where the signature stands.", "摘要在签名位置只含一个换行。"
    ),
    "signed-info-compact": Sentence(
        "SignedInfo was signed without the white space it was sent with.",
        "SignedInfo签名时不含报文中的空白。",
    ),
    "sha1-digest-with-sm2": Sentence(
        "An SM2 signature goes with a SHA-1 digest instead of SM3.", "SM2签名配用SHA-1摘要而非SM3。"
    ),
    "sm2-method-of-the-field": Sentence(
        "The SM2 method is named under w3.org instead of chinaport.gov.cn.",
        "SM2签名方法使用w3.org地址而非chinaport.gov.cn地址。",
    ),
    "rsa-sha256": Sentence(
        "RSA with SHA-256, which the customs' documents do not name.",
        "使用海关文件未列明的RSA-SHA256。",
    ),
    "sm2-signature-der": Sentence(
        "The SM2 signature is DER instead of 64 raw bytes.", "SM2签名值为DER编码而非64字节原始值。"
    ),
    "c14n-with-comments": Sentence(
        "The canonicalization named keeps comments; the official one does not.",
        "所列规范化方法保留注释，与官方方法不同。",
    ),
    "key-name-differs": Sentence(
        "KeyName is not the serial number of the certificate.", "KeyName与证书编号不一致。"
    ),
    "several-certificates": Sentence(
        "Several certificates were sent; the first one was used.", "报文含多个证书，使用了第一个。"
    ),
}

UNSIGNED = Sentence("The message is not signed.", "报文未签名。")
SIGNED_ALREADY = Sentence("The message is signed already.", "报文已签名。")
DOCTYPE = Sentence("A signed message must have no DOCTYPE.", "签名报文不得含DOCTYPE。")
INSTRUCTION = Sentence(
    "A signed message must have no processing instructions or entities.",
    "签名报文不得含处理指令或实体。",
)
COMMENT_IN_VALUE = Sentence(
    "A comment stands inside a value or the signature: comments are not signed.",
    "字段值或签名中含有注释，而注释不在签名范围内。",
)
SEVERAL = Sentence(
    "The message holds {count} signatures; exactly one is allowed.",
    "报文含{count}个签名，只允许一个。",
)
MISPLACED = Sentence(
    "The signature must be a child of the root element.", "签名必须是根元素的子元素。"
)
LOOKALIKE = Sentence(
    "Another element has the name of the signature.", "报文中有与签名同名的其他元素。"
)
SHAPE = Sentence(
    "{parent} must hold {wanted} in this order, found {found}.",
    "{parent}必须依次包含{wanted}，实际为{found}。",
)
NOT_BASE64 = Sentence("{name} is not base64.", "{name}不是有效的base64。")
COVERAGE = Sentence(
    'The signature must refer to the whole message: URI="".', '签名必须引用整个报文：URI=""。'
)
TRANSFORMS = Sentence(
    "Transforms must be enveloped-signature, then at most C14N 1.0.",
    "Transforms只允许enveloped-signature，其后至多一个C14N 1.0。",
)
CANONICALIZATION = Sentence(
    "SignedInfo must be canonicalized by C14N 1.0, found {found!r}.",
    "SignedInfo必须使用C14N 1.0规范化，实际为{found!r}。",
)
ALGORITHMS = Sentence(
    "Method {method!r} with digest {digest!r} is not accepted: use sm2-sm3 with sm3, "
    "or rsa-sha1 with sha1.",
    "不接受签名方法{method!r}配摘要方法{digest!r}，请使用sm2-sm3配sm3，或rsa-sha1配sha1。",
)
NO_CANONICAL_FORM = Sentence(
    "The message has no canonical form: {why}.", "报文无法规范化（C14N）：{why}。"
)
NO_CERTIFICATE = Sentence("The signature carries no certificate.", "签名未附证书。")
CONTENT_CHANGED = Sentence(
    "The content is not what was signed: its digest differs from DigestValue.",
    "报文内容与签名时不一致：摘要值不符。",
)
KEY_KIND = Sentence(
    "The signature method is {method}, but the key of the certificate is {kind}.",
    "签名方法为{method}，但证书密钥为{kind}。",
)
NOT_SM2 = Sentence(
    "SignatureValue is no SM2 signature: found {count} bytes, expected 64 (r and s).",
    "签名值不是SM2签名：应为64字节（r‖s），实际{count}字节。",
)
OTHER_KEY = Sentence(
    "SignatureValue was not made by the key of the certificate over this SignedInfo.",
    "签名值与证书密钥及SignedInfo不符。",
)
OUT_OF_DAYS = Sentence(
    "The certificate holds from {since} to {until}, not at {moment}.",
    "证书有效期为{since}至{until}，不含{moment}。",
)
BROKEN_XML = Sentence(
    "Only well-formed XML can be signed: {why}.", "只能对格式正确的XML签名：{why}。"
)
NOT_A_PAIR = Sentence("The private key does not belong to the certificate.", "私钥与证书不匹配。")
