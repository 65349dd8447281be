//! Where the merchant's customers live, the largest markets first.

use super::random::Random;

/// A market.
pub(super) struct Region {
    /// ISO 3166 code.
    pub(super) code: &'static str,
    /// The language most of its customers speak (ISO 639).
    pub(super) language: &'static str,
    /// The currency most of them pay in (ISO 4217).
    pub(super) currency: &'static str,
    /// Its cities, the largest first.
    pub(super) cities: &'static [&'static str],
}

impl Region {
    /// A random one: the n-th largest is 1/n as likely as the largest, which holds 22 %.
    pub(super) fn random(random: &mut Random) -> &'static Self {
        let draw = random.unit() * SHARES[REGIONS.len() - 1];
        &REGIONS[SHARES.partition_point(|share| *share <= draw)]
    }
}

/// The shares of the regions up to each, in parts of the largest.
const SHARES: [f64; REGIONS.len()] = {
    let mut shares = [0.0; REGIONS.len()];
    let (mut sum, mut rank) = (0.0, 0);
    while rank < shares.len() {
        sum += 1.0 / (rank as f64 + 1.0);
        shares[rank] = sum;
        rank += 1;
    }
    shares
};

const fn region(
    code: &'static str,
    language: &'static str,
    currency: &'static str,
    cities: &'static [&'static str],
) -> Region {
    Region { code, language, currency, cities }
}

#[rustfmt::skip]
const REGIONS: [Region; 50] = [
    region("US", "en", "USD", &["New York", "Los Angeles", "Chicago", "Houston", "Phoenix", "San Antonio", "San Diego", "Dallas", "Austin", "San Jose", "Seattle", "Denver", "Boston", "New Orleans", "Portland", "Miami"]),
    region("CN", "zh", "CNY", &["上海", "北京", "深圳", "广州", "成都", "杭州", "重庆", "武汉", "西安", "苏州", "南京", "长沙", "青岛", "厦门"]),
    region("DE", "de", "EUR", &["Berlin", "Hamburg", "München", "Köln", "Frankfurt", "Stuttgart", "Düsseldorf", "Leipzig", "Dortmund", "Bremen"]),
    region("GB", "en", "GBP", &["London", "Birmingham", "Manchester", "Glasgow", "Leeds", "Liverpool", "Bristol", "Edinburgh", "Newcastle"]),
    region("JP", "ja", "JPY", &["東京", "横浜", "大阪", "名古屋", "札幌", "福岡", "神戸", "京都", "仙台"]),
    region("FR", "fr", "EUR", &["Paris", "Marseille", "Lyon", "Toulouse", "Nice", "Nantes", "Strasbourg", "Bordeaux", "Lille"]),
    region("BR", "pt", "BRL", &["São Paulo", "Rio de Janeiro", "Brasília", "Salvador", "Fortaleza", "Belo Horizonte", "Curitiba", "Recife"]),
    region("IN", "hi", "INR", &["Mumbai", "Delhi", "Bengaluru", "Hyderabad", "Ahmedabad", "Chennai", "Kolkata", "Pune", "Jaipur"]),
    region("CA", "en", "CAD", &["Toronto", "Montréal", "Vancouver", "Calgary", "Edmonton", "Ottawa", "Winnipeg", "Québec"]),
    region("MX", "es", "MXN", &["Ciudad de México", "Tijuana", "Ecatepec", "León", "Puebla", "Guadalajara", "Monterrey", "Mérida"]),
    region("KR", "ko", "KRW", &["서울", "부산", "인천", "대구", "대전", "광주", "수원"]),
    region("ID", "id", "IDR", &["Jakarta", "Surabaya", "Bekasi", "Bandung", "Medan", "Depok", "Semarang", "Makassar"]),
    region("IT", "it", "EUR", &["Roma", "Milano", "Napoli", "Torino", "Palermo", "Genova", "Bologna", "Firenze"]),
    region("ES", "es", "EUR", &["Madrid", "Barcelona", "Valencia", "Sevilla", "Zaragoza", "Málaga", "Bilbao"]),
    region("AU", "en", "AUD", &["Sydney", "Melbourne", "Brisbane", "Perth", "Adelaide", "Canberra", "Hobart"]),
    region("TR", "tr", "TRY", &["İstanbul", "Ankara", "İzmir", "Bursa", "Antalya", "Adana", "Konya"]),
    region("NL", "nl", "EUR", &["Amsterdam", "Rotterdam", "Den Haag", "Utrecht", "Eindhoven", "Groningen"]),
    region("SA", "ar", "SAR", &["Riyadh", "Jeddah", "Mecca", "Medina", "Dammam", "Tabuk"]),
    region("PL", "pl", "PLN", &["Warszawa", "Kraków", "Wrocław", "Łódź", "Poznań", "Gdańsk"]),
    region("SE", "sv", "SEK", &["Stockholm", "Göteborg", "Malmö", "Uppsala", "Västerås"]),
    region("TH", "th", "THB", &["Bangkok", "Nonthaburi", "Chiang Mai", "Hat Yai", "Phuket"]),
    region("AR", "es", "ARS", &["Buenos Aires", "Córdoba", "Rosario", "Mendoza", "La Plata"]),
    region("CH", "de", "CHF", &["Zürich", "Genève", "Basel", "Lausanne", "Bern"]),
    region("BE", "nl", "EUR", &["Antwerpen", "Gent", "Bruxelles", "Charleroi", "Liège"]),
    region("NO", "no", "NOK", &["Oslo", "Bergen", "Stavanger", "Trondheim"]),
    region("AE", "ar", "AED", &["Dubai", "Abu Dhabi", "Sharjah", "Ajman"]),
    region("SG", "en", "SGD", &["Singapore"]),
    region("MY", "ms", "MYR", &["Kuala Lumpur", "Johor Bahru", "Ipoh", "George Town", "Kuching"]),
    region("PH", "en", "PHP", &["Quezon City", "Manila", "Davao", "Caloocan", "Cebu"]),
    region("VN", "vi", "VND", &["Hồ Chí Minh", "Hà Nội", "Hải Phòng", "Đà Nẵng", "Cần Thơ"]),
    region("ZA", "en", "ZAR", &["Johannesburg", "Cape Town", "Durban", "Pretoria"]),
    region("EG", "ar", "EGP", &["Cairo", "Alexandria", "Giza", "Luxor"]),
    region("NG", "en", "NGN", &["Lagos", "Kano", "Ibadan", "Abuja"]),
    region("CL", "es", "CLP", &["Santiago", "Valparaíso", "Concepción"]),
    region("CO", "es", "COP", &["Bogotá", "Medellín", "Cali", "Barranquilla"]),
    region("PE", "es", "PEN", &["Lima", "Arequipa", "Trujillo"]),
    region("PT", "pt", "EUR", &["Lisboa", "Porto", "Braga", "Coimbra"]),
    region("GR", "el", "EUR", &["Athína", "Thessaloníki", "Pátra"]),
    region("CZ", "cs", "CZK", &["Praha", "Brno", "Ostrava", "Plzeň"]),
    region("RO", "ro", "RON", &["București", "Cluj-Napoca", "Timișoara", "Iași"]),
    region("HU", "hu", "HUF", &["Budapest", "Debrecen", "Szeged"]),
    region("AT", "de", "EUR", &["Wien", "Graz", "Linz", "Salzburg", "Innsbruck"]),
    region("DK", "da", "DKK", &["København", "Aarhus", "Odense"]),
    region("FI", "fi", "EUR", &["Helsinki", "Espoo", "Tampere", "Turku"]),
    region("IE", "en", "EUR", &["Dublin", "Cork", "Galway"]),
    region("NZ", "en", "NZD", &["Auckland", "Wellington", "Christchurch"]),
    region("IL", "he", "ILS", &["Jerusalem", "Tel Aviv", "Haifa"]),
    region("UA", "uk", "UAH", &["Kyiv", "Kharkiv", "Odesa", "Lviv"]),
    region("PK", "ur", "PKR", &["Karachi", "Lahore", "Faisalabad", "Islamabad"]),
    region("BD", "bn", "BDT", &["Dhaka", "Chattogram", "Khulna", "Sylhet"]),
];
