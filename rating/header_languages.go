package rating

// otherLanguages are names of columns in German, French, Spanish, Portuguese,
// Italian, Dutch, Polish, Russian, Chinese, Japanese, Korean, Turkish, the languages
// of Scandinavia and some more, with the rank that they have in English. A word that
// is another field's in English, as the French "note", is one of both: what the
// column holds decides.
var otherLanguages = [...]struct {
	rank  rank
	names string
}{
	raterField: {1, "nutzer, nutzername, benutzer, benutzername, kunde, bewerter, teilnehmer, anwender, konto, " +
		"rezensent, mitglied, utilisateur, nom d utilisateur, cliente, membre, participant, votant, usuario, " +
		"nombre de usuario, miembro, participante, votante, usuário, utente, recensore, gebruiker, gebruikersnaam, " +
		"klant, deelnemer, użytkownik, uzytkownik, klient, пользователь, покупатель, участник, 用户, 用户名, " +
		"用户编号, 用戶, 会员, ユーザー, ユーザ, ユーザー名, 会員, 利用者, 評価者, 사용자, 회원, kullanıcı, müşteri, användare, bruger, bruker, " +
		"käyttäjä, uživatel, felhasználó, utilizator, χρήστης, pengguna"},
	itemField: {2, "produkt, artikel, gegenstand, filiale, händler, buch, spiel, produit, article, livre, jeu, " +
		"magasin, producto, artículo, película, pelicula, libro, juego, tienda, produto, filme, livro, jogo, loja, " +
		"prodotto, articolo, gioco, negozio, boek, winkel, towar, książka, gra, sklep, товар, продукт, фильм, книга, " +
		"игра, 商品, 商品编号, 产品, 產品, 电影, 電影, 影片, 书籍, 物品, 项目, 店铺, 映画, 製品, 作品, 상품, 영화, ürün, kitap, výrobek, termék, " +
		"produs, προϊόν, produk"},
	valueField: {2, "bewertung, sterne, note, punkte, wertung, stimme, zufriedenheit, évaluation, étoiles, " +
		"calificación, calificacion, puntuación, puntuacion, valoración, estrellas, voto, nota, avaliação, " +
		"classificação, estrelas, pontuação, valutazione, punteggio, stelle, beoordeling, waardering, sterren, " +
		"cijfer, ocena, gwiazdki, głos, оценка, рейтинг, голос, 评分, 評分, 分数, 星级, 打分, 得分, 評価, 点数, 評点, 평점, " +
		"별점, 점수, puan, oy, betyg, vurdering, karakter, arvosana, hodnocení, értékelés, βαθμολογία, nilai, skor"},
	timeField: {1, "datum, zeit, zeitpunkt, zeitstempel, erstellt am, erstellt, erstelldatum, bewertungsdatum, " +
		"horodatage, date de création, date et heure, fecha, fecha de creación, fecha y hora, data, data e hora, " +
		"data e ora, data ora, data utworzenia, czas, tijd, tijdstip, дата, время, дата и время, 时间, 時間, 日期, 时间戳, " +
		"评论时间, 日時, 日付, 投稿日, 投稿日時, 날짜, 시간, 작성일, tarih, zaman, tidspunkt, päivämäärä, dátum, ημερομηνία, tanggal, waktu"},
}
