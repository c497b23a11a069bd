"""Whose words they are, in Chinese: who stands before a verb of saying, nested sources where one cites another."""

from __future__ import annotations

import re

from stopgap.claims.drafting.patterns import has_han

_VERB = re.compile(
    r"(?:警告|指责|指控|要求|报道|宣布|声明|批评|抱怨|辩称|妄称|宣称|声称|透露|披露|证实|承认|否认|表示|指出|认为|强调|重申|呼吁|敦促|质疑|爆料|评论|说|称)+(?=[，：:“\"「]|[\u3400-\u9fff])"
)
_UNNAMED = re.compile(
    r"有(?:\S{0,4})(?:报道|消息|报告|传言|指控|分析)(?:称|说|指)?|据(?:悉|传|称|报道)|媒体报道|外界(?:有)?(?:认为|指责|质疑)"
)
_ADVERB = re.compile(
    r"(?:(?:昨|今|前|当)[天日晚]|日前|近日|此前|早前|刚刚|上周\S?|本周\S?|周[一二三四五六日天]|上个?月|本月|(?:\d{1,4}年)?\d{1,2}月(?:\d{1,2}日)?|\d{1,2}日|再次|又|也|还|曾|都|则|均|公开|明确|多次|一再|反复|甚至|对媒体|向媒体|对记者|向记者|就此|对此|接受\S{0,10}?采访时|发表声明|发布声明|发布报告|在\S{1,14}?(?:时|上|中|后|期间)|在[\u3400-\u9fff]{2,5}|将|将向\S{2,8}|向\S{2,6}官员|访\S{1,3}(?:时|期间)|通过\S{2,8}|，|一份报告|有报告)+$"
)
_CITING = re.compile(
    r"(?:援引|引述|引用|转引)(?P<whom>[^，。；：]{2,24}?)(?:的话|的消息|的说法|消息|报道)?(?:，)?$"
)
_LEAD = re.compile(
    r"^(?:另?据|但是?|而|并|对此|关于|此外|同时|其中|我们注意到|注意到|请问|那么|如果|因为|由于|针对)+"
)
_MEDIA = re.compile(r"《[^》]{2,16}》|[\u3400-\u9fff]{2,8}(?:社|报|台|电视|广播公司|新闻网|媒体|时报|日报)$")
_GROUP = re.compile(r"(?:官员|人士|消息|情报机构|机构|专家|学者|外交官|记者|媒体|企业)(?:们)?$")
_OWN = re.compile(
    r"^(?:中方|我们?|发言人|他们|它们|这|那|有|中国外交部|该|其|请|也就是|可以|不能|没有|大家|各方|谁|俗话)"
)
_WHO = re.compile(
    r"(?:布林肯|耶伦|沙利文|拜登|特朗普|鲁比奥|贝森特|泽连斯基|斯托尔滕贝格|吕特|普京|米勒|冯德莱恩|博雷利|卡拉斯|朔尔茨|默茨|马克龙|莫迪|佩斯科夫|柯比|^(?:乌克兰|美国|俄罗斯|日本|韩国|英国|德国|法国|朝鲜|伊朗|印度)$|国务卿|财政部|财长|总统|部长|秘书长|官员|媒体|政府|白宫|发言人|情报|总理|外长|首相|大臣|商务部|国防部|国务院|外交部|领导人|主席|欧盟|北约|七国集团|方面|[美欧英日俄乌韩印德法伊朝土加澳荷]方|议员|大使|使馆|总参谋部|机构|研究所|智库|委员会|特使|代表|顾问|社|报|台|》|企业|公司|人士|记者|专家|学者)"
)


def chinese_sources(text: str) -> list[tuple[str, str, str, int, int]]:
    """Name, kind, verb, first and last character of each source named in Chinese, in order of place."""
    out: list[tuple[str, str, str, int, int]] = []
    if not has_han(text):
        return out
    for verb in _VERB.finditer(text):
        low = max(text.rfind(mark, 0, verb.start()) for mark in "。；！？：“”")
        before = text[low + 1 : verb.start()]
        clause = before.rsplit("，", 1)
        subject, at = clause[-1], verb.start() - len(clause[-1])
        if len(clause) > 1 and not _WHO.search(_ADVERB.sub("", subject)):
            subject = before
            at = low + 1
        subject = _ADVERB.sub("", subject)
        lead = _LEAD.match(subject)
        if lead:
            subject, at = subject[lead.end() :], at + lead.end()
        citing = _CITING.search(subject)
        if citing:
            whom = citing["whom"].strip()
            out.append((whom, "group", verb.group(), at + citing.start("whom"), verb.end()))
            subject = _ADVERB.sub("", subject[: citing.start()])
        subject = subject.rsplit("，", 1)[-1]
        if not 2 <= len(subject) <= 22 or _OWN.match(subject) or not _WHO.search(subject):
            continue
        kind = "media" if _MEDIA.search(subject) else "group" if _GROUP.search(subject) else "person"
        paper = re.search(r"《[^》]{2,16}》", subject)
        name = paper.group() if paper else subject
        out.append((name, kind, verb.group(), at, verb.end()))
    if not out:
        found = _UNNAMED.search(text)
        if found:
            out.append(("unnamed reports", "reports", "", found.start(), found.end()))
    return sorted(out, key=lambda one: one[3])
