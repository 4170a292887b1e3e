#include "domain/fold.hpp"
#include "domain/text/document.hpp"
#include "domain/text/languages.hpp"
#include "tests/support/generators.hpp"
#include "tests/support/property.hpp"

#include <boost/test/unit_test.hpp>
#include <unicode/brkiter.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <fstream>
#include <map>
#include <memory>
#include <random>
#include <sstream>
#include <thread>

using namespace daybook;
using domain::text_analyser;
using domain::text_document;
using domain::text_field;

namespace {

struct fixture {
    text_analyser analyser;

    std::string surfaces(std::string_view text, std::string_view language = "simple") {
        std::string out;
        for (const auto& t : analyser.tokens(text, language)) out += (out.empty() ? "" : "|") + t.surface;
        return out;
    }
    std::string stems(std::string_view text, std::string_view language) {
        std::string out;
        for (const auto& t : analyser.tokens(text, language)) out += (out.empty() ? "" : "|") + t.stem;
        return out;
    }
    std::string shown(std::string_view text) {
        std::string out;
        for (const auto& t : analyser.tokens(text, "simple")) {
            out += (out.empty() ? "" : "|") + std::string(text.substr(t.first, t.last - t.first));
        }
        return out;
    }
};

/// Words of ASCII text straight from ICU, some versions of which join letters around `@`.
std::string by_icu(const std::string& text) {
    UErrorCode error = U_ZERO_ERROR;
    std::unique_ptr<icu::BreakIterator> words(
        icu::BreakIterator::createWordInstance(icu::Locale::getRoot(), error));
    BOOST_REQUIRE(U_SUCCESS(error));
    auto parted = text;
    std::ranges::replace(parted, '@', '/');
    const auto units = icu::UnicodeString::fromUTF8(parted);
    words->setText(units);
    std::string out;
    for (auto begin = words->first(), end = words->next(); end != icu::BreakIterator::DONE;
         begin = end, end = words->next()) {
        std::string word;
        units.tempSubStringBetween(begin, end).toUTF8String(word);
        if (std::ranges::none_of(word, [](unsigned char c) { return std::isalnum(c) != 0; })) continue;
        out += (out.empty() ? "" : "|") + word;
    }
    return out;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(domain_text, fixture)

BOOST_AUTO_TEST_CASE(words_have_their_folded_form_their_place_and_their_bytes) {
    const std::string_view text = "Fix the Wi-Fi, v2.3 @ example.com: don't!";
    BOOST_TEST(surfaces(text) == "fix|the|wi|fi|v2.3|example.com|don't");
    BOOST_TEST(shown(text) == "Fix|the|Wi|Fi|v2.3|example.com|don't");
    const auto tokens = analyser.tokens(text, "simple");
    for (std::size_t i = 0; i < tokens.size(); ++i) BOOST_TEST(tokens[i].position == i + 1);
    BOOST_TEST(tokens[3].first == 11U);
    BOOST_TEST(tokens[3].last == 13U);
}

BOOST_AUTO_TEST_CASE(signs_around_words_are_no_part_of_them) {
    BOOST_TEST(surfaces("C# #work \"quoted\" (a) it#self me@home é@x phase:2 __ _ -- snake_case 3,5 a,b") ==
               "c|work|quoted|a|it|self|me|home|e|x|phase|2|snake_case|3,5|a|b");
    BOOST_TEST(surfaces("").empty());
    BOOST_TEST(surfaces(" \n\t ").empty());
    BOOST_TEST(surfaces("!?… — „“").empty());
}

BOOST_AUTO_TEST_CASE(accents_case_and_compatibility_forms_fold) {
    BOOST_TEST(surfaces("Ärger STRASSE straße Naïve ÅNGSTRÖM İstanbul") ==
               "arger|strasse|strasse|naive|angstrom|istanbul");
    BOOST_TEST(surfaces("ﬁsh ＡＢＣ ㎏ ① ½") == "fish|abc|kg|1|1⁄2");
    BOOST_TEST(shown("a ⑴ b") == "a|⑴|b");
    BOOST_TEST(shown("x ﬁsh ＡＢＣ y") == "x|ﬁsh|ＡＢＣ|y");
    // Composed or not, it is the same word, and its span is that of the text as it was given.
    BOOST_TEST(surfaces("re\u0301sume\u0301") == surfaces("résumé"));
    BOOST_TEST(shown("a re\u0301sume\u0301 b") == "a|re\u0301sume\u0301|b");
}

BOOST_AUTO_TEST_CASE(what_nobody_sees_does_not_hide_a_word) {
    BOOST_TEST(surfaces("co\u00ADoperate") == "cooperate");
    BOOST_TEST(surfaces("ze\u200Bro") == "ze|ro");  // the zero width space is a boundary
    BOOST_TEST(surfaces("\u200Fשלום\u200E") == "שלום");
    BOOST_TEST(surfaces("❤️") == surfaces("❤"));
}

BOOST_AUTO_TEST_CASE(scripts_without_spaces_are_split_by_dictionary) {
    const std::string_view text = "東京都に住んでいます。";
    const auto tokens = analyser.tokens(text, "simple");
    BOOST_TEST(tokens.size() >= 4U);
    BOOST_TEST(tokens.front().surface == "東京");
    BOOST_TEST(tokens.front().last == 6U);
    BOOST_TEST(analyser.tokens("我们明天开会讨论预算", "simple").size() >= 4U);
    BOOST_TEST(analyser.tokens("สวัสดีชาวโลก", "simple").size() >= 2U);
    // A text of two scripts goes on counting.
    const auto mixed = analyser.tokens("call 東京 office", "english");
    BOOST_REQUIRE(mixed.size() == 3U);
    BOOST_TEST(mixed[2].position == 3U);
    BOOST_TEST(mixed[2].first == 12U);
}

BOOST_AUTO_TEST_CASE(right_to_left_words_and_pictographs_are_words) {
    BOOST_TEST(surfaces("פגישה מחר, نص عربي") == "פגישה|מחר|نص|عربي");
    BOOST_TEST(surfaces("كِتَابٌ") == "كتاب");  // vowel signs are marks
    BOOST_TEST(surfaces("🚀 launch🎉 🇩🇪") == "🚀|launch|🎉|🇩🇪");
    BOOST_TEST(analyser.tokens("👨‍👩‍👧", "simple").size() == 1U);
}

BOOST_AUTO_TEST_CASE(words_are_stemmed_by_their_language) {
    BOOST_TEST(stems("Meetings about backups", "english") == "meet|about|backup");
    BOOST_TEST(stems("Meetings about backups", "en") == "meet|about|backup");
    BOOST_TEST(stems("Meetings about backups", "simple") == "meetings|about|backups");
    BOOST_TEST(stems("Meetings about backups", "klingon") == "meetings|about|backups");
    BOOST_TEST(stems("Häuser", "german") == "haus");
    BOOST_TEST(surfaces("Häuser", "german") == "hauser");
    BOOST_TEST(stems("İŞLER", "turkish") == "is");
    BOOST_TEST(stems("DAĞLARI", "turkish") == stems("dağları", "turkish"));
    BOOST_TEST(domain::has_stemmer("finnish"));
    BOOST_TEST(domain::has_stemmer("de"));
    BOOST_TEST(!domain::has_stemmer("simple"));
    BOOST_TEST(!domain::has_stemmer("klingon"));
    const auto books = domain::book_languages();
    BOOST_TEST(books.size() == 29U);
    BOOST_TEST(books.front() == "simple");
    for (const auto name : books.subspan(1)) BOOST_TEST(domain::has_stemmer(name), name);
}

// The package ships no vocabularies; these are words of the samples that Snowball's pages on the algorithms
// show.
BOOST_AUTO_TEST_CASE(stems_are_those_that_snowball_shows) {
    struct sample {
        const char* language;
        const char* words;
        const char* stems;
    };
    const sample samples[] = {
        {"english",
         "consign consigned consigning consignment consist consistency consistent consolation conspirators",
         "consign|consign|consign|consign|consist|consist|consist|consol|conspir"},
        {"english", "knack knackeries knavish kneaded knees knightly knots",
         "knack|knackeri|knavish|knead|knee|knight|knot"},
        {"german", "aufeinander aufeinanderfolge aufeinanderfolgende aufeinanderschlügen",
         "aufeinand|aufeinanderfolg|aufeinanderfolg|aufeinanderschlug"},
        {"german", "kategorie kategorien kategorische kategorischen", "kategori|kategori|kategor|kategor"},
        {"french", "continu continua continuait continuant continuation continuellement",
         "continu|continu|continu|continu|continu|continuel"},
        {"french", "majestueusement majestueux majeur majeure", "majestu|majestu|majeur|majeur"},
        {"spanish", "cheque cheques chicas chico torneos torpe", "chequ|chequ|chic|chic|torne|torp"},
        {"portuguese", "boa boas quilo quilos", "boa|boas|quil|quil"},
        {"italian", "abbandonare abbandonata pronta pronto", "abbandon|abbandon|pront|pront"},
        {"russian", "важная важнее поднялся подняться", "важн|важн|подня|подня"},
        {"dutch", "lichamelijk lichamelijke opgingen opglimpende", "licham|licham|opging|opglimp"},
        {"swedish", "jakten jaktkarlarne klokaste", "jakt|jaktkarl|klok"},
    };
    for (const auto& s : samples) BOOST_TEST(stems(s.words, s.language) == s.stems, s.language);
}

BOOST_AUTO_TEST_CASE(long_words_are_cut_at_a_code_point) {
    const auto tokens = analyser.tokens(std::string(60'000, 'x'), "english");
    BOOST_REQUIRE(tokens.size() == 1U);
    BOOST_TEST(tokens[0].surface.size() == domain::token_bytes_max);
    BOOST_TEST(tokens[0].stem == tokens[0].surface);
    BOOST_TEST(tokens[0].last == 60'000U);
    std::string cyrillic = "a";  // puts the cut inside a letter
    for (int i = 0; i < 400; ++i) cyrillic += "ж";
    for (const auto& t : analyser.tokens(cyrillic, "russian")) {
        BOOST_TEST(t.surface.size() == domain::token_bytes_max - 1);
        BOOST_TEST(domain::fold_text(t.surface) == t.surface);
    }
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_text_break_nothing) {
    BOOST_TEST(surfaces("a\xff b\xc3 c") == "a|b|c");
    BOOST_TEST(surfaces(std::string_view("a\0b", 3)) == "a|b");
    std::mt19937_64 random(7);
    for (int i = 0; i < 200; ++i) {
        std::string bytes;
        for (auto n = random() % 60; n > 0; --n) bytes += static_cast<char>(random());
        for (const auto& t : analyser.tokens(bytes, "english")) {
            BOOST_REQUIRE(!t.surface.empty());
            BOOST_REQUIRE(t.first < t.last);
            BOOST_REQUIRE(t.last <= bytes.size());
        }
    }
}

BOOST_AUTO_TEST_CASE(ascii_is_split_as_icu_does) {
    constexpr std::string_view signs = "ab1_.,;:'\"-/#@ (\n";
    std::mt19937_64 random(11);
    for (int i = 0; i < 20'000; ++i) {
        std::string text;
        for (auto n = 1 + random() % 12; n > 0; --n) text += signs[random() % signs.size()];
        BOOST_REQUIRE_EQUAL(shown(text), by_icu(text));
        // The same words where a letter beyond ASCII sends them the long way.
        const auto beyond = surfaces("é" + text);
        const auto plain = surfaces("e" + text);
        BOOST_REQUIRE_MESSAGE(beyond == plain, "e" << text << ": " << plain << " but " << beyond);
    }
}

BOOST_AUTO_TEST_CASE(folding_a_token_again_changes_nothing_and_its_bytes_are_in_order) {
    DAYBOOK_PROPERTY("tokens are folded, ordered and within the text", [this] {
        const auto text = *tests::any_text();
        std::uint32_t first = 0;
        std::uint32_t last = 0;
        for (const auto& t : analyser.tokens(text, "french")) {
            RC_ASSERT(domain::fold_text(t.surface) == t.surface);
            RC_ASSERT(domain::fold_text(t.stem) == t.stem);
            RC_ASSERT(t.surface.find('\0') == std::string::npos);
            RC_ASSERT(!t.surface.empty() && !t.stem.empty());
            RC_ASSERT(t.first >= first && t.last >= last && t.last > t.first && t.last <= text.size());
            first = t.first;
            last = t.last;
        }
    });
}

BOOST_AUTO_TEST_CASE(what_was_met_before_changes_no_answer) {
    DAYBOOK_PROPERTY("an analyser that has seen much answers as a fresh one", [this] {
        const auto text = *tests::any_text();
        const auto language = *rc::gen::element("english", "turkish", "greek", "simple");
        RC_ASSERT(analyser.tokens(text, language) == text_analyser().tokens(text, language));
    });
    for (int i = 0; i < 40'000; ++i)
        BOOST_REQUIRE_EQUAL(surfaces("w" + std::to_string(i)), "w" + std::to_string(i));
}

BOOST_AUTO_TEST_CASE(one_analyser_a_thread_gives_the_same) {
    const std::string text = "Häuser 東京都に住んでいます meetings 🚀 Книгами";
    const auto expected = analyser.tokens(text, "german");
    std::vector<std::vector<domain::text_token>> found(4);
    {
        std::vector<std::jthread> threads;
        for (auto& at : found) {
            threads.emplace_back([&] {
                text_analyser own;
                for (int i = 0; i < 50; ++i) at = own.tokens(text + std::to_string(i % 2), "german");
                at = own.tokens(text, "german");
            });
        }
    }
    for (const auto& at : found) BOOST_TEST((at == expected));
}

BOOST_AUTO_TEST_CASE(the_stamp_names_rules_and_data) {
    BOOST_TEST(domain::text_analyser_stamp().starts_with("1 icu-"));
    BOOST_TEST(domain::text_analyser_stamp().find("unicode-") != std::string::npos);
    BOOST_TEST(domain::text_analyser_stamp().find("snowball-") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(positions_go_on_through_a_document_and_leave_one_out_between_texts) {
    text_document d;
    d.title = {"Backup server", "english"};
    d.tags = {"#work", "#home"};
    d.description = {"every night", "english"};
    d.comments = {{"done", "english"}, {"twice", "english"}};
    std::string out;
    for (const auto& t : domain::analyse(analyser, d)) {
        out += t.word.surface + ":" + std::to_string(t.word.position) + "/" +
               std::to_string(static_cast<int>(t.field)) + "." + std::to_string(t.text) + " ";
    }
    BOOST_TEST(
        out ==
        "backup:1/0.0 server:2/0.0 work:4/1.0 home:6/1.1 every:8/2.0 night:9/2.0 done:11/3.0 twice:13/3.1 ");
}

BOOST_AUTO_TEST_CASE(a_document_ends_at_its_last_position) {
    text_document d;
    for (int i = 0; i < 15'990; ++i) d.description.text += "w" + std::to_string(i) + " ";
    d.title.text = "one two";
    d.comments = {{"a b c d e f g h i j", ""}, {"never", ""}};
    const auto tokens = domain::analyse(analyser, d);
    BOOST_TEST(tokens.back().word.position == domain::text_position_max);
    BOOST_TEST((tokens.back().field == text_field::comments));
    BOOST_TEST(tokens.back().word.surface == "f");
}

BOOST_AUTO_TEST_CASE(a_lexeme_has_at_most_its_positions_by_surface_and_by_stem) {
    text_document d;
    d.description.language = "english";
    for (int i = 0; i < 300; ++i) d.description.text += i % 2 == 0 ? "meeting " : "meetings ";
    d.description.text += "end";
    const auto tokens = domain::analyse(analyser, d);
    std::map<std::string, std::uint32_t> stems;
    for (const auto& t : tokens) ++stems[t.word.stem];
    BOOST_TEST(stems["meet"] == domain::text_positions_per_lexeme_max);
    BOOST_TEST(tokens.back().word.surface == "end");
    BOOST_TEST(tokens.back().word.position == 301U);  // the places of the others stay taken
}

BOOST_AUTO_TEST_SUITE_END()
